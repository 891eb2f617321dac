"""Spanish cues, in parallel to `lexicon_en`: the same cues, as a clinic's staff write them."""

from typing import Final

CUES: Final[dict[str, str]] = {
    "simple_verb": """
        indique, indica, deme, dame, digame, dime, anote, anota, ponga, pon, escriba cada
        escribe cada, abra, abre, verifique, verifica, elija, elige, marque, marca, asigne, asigna
        devuelva, devuelve, borre, borra, elimine, elimina, inserte, inserta, agregue, agrega
        anada, anade, copie, copia, copiame, pegue, rellene, ordene, ordena, ordeneme, cambie
        cambia, reemplace, reemplaza, sustituya, sustituye, mueva, mueve, muestre, muestra, busque
        busca, encuentre, encuentra, localice, localiza, separe, separa, una, junte, junta
        redondee, liste, lista, enumere, enumera, transcriba, transcribe, lea, lee, seleccione
        selecciona, confirme, confirma, necesito el, necesito la, necesito los, cual es el
        cual es la, cual fue, quien es, cuando es, hay algun, hay alguna, sume, suma, recuerde
        recuerdele, mande, envie, envia, pase, pasa, quite, quita, saque, saca
    """,
    "simple_object": """
        fecha, fechas, nombre, nombres, apellido, apellidos, telefono, telefonos, fax, correo
        numero, numeros, codigo postal, direccion, calle, ciudad, peso, talla, estatura, sexo, edad
        seguro, poliza, etiqueta, etiquetas, categoria, categorias, bandeja, carpeta, coma, comas
        guion, comillas, mayusculas, minusculas, orden alfabetico, columna, columnas, fila, filas
        tabla, csv, json, archivo, archivos, titulo, titulos, asunto, indice, indices, url, enlace
        linea, lineas, campo, campos, valor, valores, espacios, palabra, palabras, lista
        ortografia, unidad, unidades, porcentaje, total, promedio, hora, horas, dia, dias, mes
        meses, cita, citas, horario, agenda, calendario, sala, firma, casilla, formulario, factura
        recibo, idioma, iniciales, farmacia, extension, pagina, paginas, seccion, version, puerto
        formato, cuenta, saldo, copago, monto, precio, ausencias, contacto de emergencia
        grupo sanguineo, vencimiento, gasto, sangria, saltos, punto y coma, remitente, contrasena
        hoja
    """,
    "routine_care": """
        sano, sana, adulto sano, mujer sana, tamizaje, cribado, refuerzo, esquema de vacunacion
        control del nino sano, no complicada, no complicado, riesgo promedio, sin receta
        preventiv*, contagia, bajo riesgo, leve, rango usual, intervalo recomendado
    """,
    "self_report": """
        me duele, me siento, me tome, me olvide, tome mi, mi pastilla, mis pastillas, mi medicina
        mi medicamento, mi tobillo, mi rodilla, mi espalda, mi brazo, mi cabeza, mi garganta
        mi oido, mi estomago, mi pecho, mi piel, mi bebe, mi hijo, mi hija, mi mama, mi presion
        mi azucar, mi herida, mi receta, mis resultados, puedo tomar, sentirme, empece a tomar
        deje de tomar
    """,
    "write_note": """
        analisis y plan, nota de evolucion, nota soap, formato soap, valoracion y plan
        nota de consulta, nota clinica, nota medica, impresion y plan
    """,
    "classify": """
        clasific*, categori*, etiquet*, que categoria, en que categoria, que departamento
        a que area, a que cola, que tipo de mensaje, que tipo de documento, tipo de documento
        es spam, asigna una categoria, una de estas categorias, elige una, a que equipo
        a que bandeja, que bandeja, que tipo es, de que tipo, marca cada, asigna a cada
        cual de estas, urgente o rutina, a que departamento, a que servicio, indique si, indica si
        factura receta, factura o, receta o, cual de, elija una, equipo correcto, pertenece a
    """,
    "sentiment": """
        sentimiento, positivo o negativo, positiva o negativa, negativo o positivo, tono del
        tono de, satisfecho o, molesto o, enojado o, positivo negativo, contento o, contenta o
        feliz o, enojada o, esta contento, esta contenta, animo de, tono de este, quedo satisfech*
        satisfech*, molest*, quejas o, animo
    """,
    "language": """
        que idioma, en que idioma, detecta el idioma, idioma de este, idioma del, codigo de idioma
        identifica el idioma
    """,
    "intent": """
        intencion, que quiere el paciente, que pide, motivo del mensaje, motivo de la llamada
        motivo de contacto, de que trata
    """,
    "yes_no": """
        si o no, verdadero o falso, menciona, se menciona, contiene, esta firmado, esta firmada
        aparece, consta, incluye el, es un duplicado, esta vigente, responde si, viene firmado
        viene firmada, hay firma, hay alguna mencion, aparece alguna, firmo el, dice si
        es el mismo paciente, si no, verifique si, verifica si, confirme si, s o n, tenemos
        existe un, existe una, hay un, hay una, hay algun, hay alguna, estan las, estan los
        diria que, tiene cita, coinciden
    """,
    "short_answer": """
        una palabra, sola palabra, solo la, solo el, solo los, solo las, solamente, unicamente
        nada mas, sin explicacion, solo responde, responde solo, devuelve solo, solo el numero
        una etiqueta, y nada mas, sin mas, una sola palabra, en una palabra, dos palabras
        solo dime, nada de explicaciones, solo necesito
    """,
    "extract": """
        saca el, saca la, saca los, saca las, obten*, dame el, dame la, lista los, lista las
        listame, copia el, copia la, encuentra la fecha, fecha de nacimiento, cual es el telefono
        cual es la direccion, cual es el numero, numero de expediente, numero de historia
        numero de poliza, numero de afiliado, quien firmo, quien ordeno, que fecha, que dia
        a que hora, rellena el, completa el formulario, datos demograficos, nombre del
        necesito el numero, dame los, dame las, dime el nombre, dime la fecha, dime el numero
        cual es la fecha, cual es el nombre, cual es la fecha de nacimiento, quien pidio
        quien solicito, quien refiere, fecha de la, nombre de la, direccion del, correo del
        contacto de emergencia, ultimo valor, valor de la, valor del, telefono del, poliza, extrae
        extraer, extraeme, extraigas, extraiga, deme, anote, anota, que figuran, que figura
        que salen, que aparecen, que aparece, todos los nombres, todas las fechas, nombres de
        extraigan, escriba los, escribe los, numero de factura, solo quiero el, solo quiero la
        quiero el numero
    """,
    "format": """
        formatea, reformatea, formato, convierte a, convierte esta, convierte este, convierte estas
        convierte estos, pasa a mayusculas, mayusculas, minusculas, en una tabla, a json, en json
        a csv, como tabla, ordena, alfabetic*, quita los duplicados, elimina duplicados
        corrige la ortografia, corrige las faltas, ortografia, gramatica, lista con vinetas
        vinetas, quita los espacios, normaliza, pasa esta, pasa estos, a formato, acentos
        saltos de linea, columnas, pon en, ponlo en, ponlos en, pon todo en, pasa a, pasalo a
        cambia el formato, en mayusculas, en minusculas, convierte, redondea, separa los
        une las columnas, quita las etiquetas, signos de puntuacion, numeracion, unidades, kg a
        libras, vineta, escriba cada, escribe cada, orden alfabetico, dd mm aaaa, ponga, pongalo
        convierta, corrija la ortografia, formato de fecha, cada fecha, sangria, centimetros
        negrita, cursiva, salto de linea
    """,
    "lookup": """
        busca el, busca la, busca al, buscame, muestrame, muestra el, muestra la, donde esta
        cuando es, cuando fue, proxima cita, ultima visita, horario, telefono de, que archivo
        en que carpeta, que sala, que significa la sigla, significa la sigla, abre el archivo
        quien esta de guardia, valor normal, valores normales, rango normal, extension de
        encuentra el, encuentra la, cuando vino, cuando tiene, que dia tiene, ultima consulta
        citas de, horarios, en que pagina, que pagina, donde se encuentra, donde guardamos
        que quiere decir, quien es el medico, telefono del consultorio, direccion de la clinica
        que extension, abra el, abra la, abre la, segun el manual, segun el horario, expediente de
        quien cubre, de guardia, hasta que hora, a que hora abre, a que hora cierra, abre los
        cierra los
    """,
    "count": """
        cuantos, cuantas, cuenta los, cuenta las, numero total, suma de, promedio de, por mes
        por dia, porcentaje de, total de, suma los, suma las, suma, total, cuantos dias
        cuantas citas, cuantas veces, promedio, sume, suma total, ausencias por, cuantas faltas
        contar
    """,
    "remind": """
        recordatorio, confirmar la cita, confirma la cita, confirmacion de cita, reprogram*
        cambiar la cita, estacionamiento, como llegar, mensaje de bienvenida, agradecimiento
        mensaje de texto, avisa que, avisale que llegamos, vamos con retraso, cancelar la cita
        cancela la cita, nos vemos, feliz cumpleanos, cerrado por, recuerdele, recuerdale
        ahi estare, alli estare, voy en camino, perfecto, es todo, buen dia, que tenga buen
        eso es todo, movimos su cita
    """,
    "chitchat": """
        hola, buenos dias, buenas tardes, gracias, prueba, nos vemos, hasta luego, de acuerdo
        perfecto
    """,
    "summarize": """
        sintetiza, puntos clave, puntos principales, idea principal, informe de alta
        entrega de guardia, pase de guardia, en resumen, sumario, lo mas importante
        que dice la carta, que dice el informe, extracto, acta de la reunion, minuta, resume el
        resume la, resume los, resume las, resume este, resume esta, resume lo, resumen, resumenes
        resumir, resumeme, resumelo, haz un resumen, resuma, resumame, resumen clinico, sintesis
    """,
    "brief": """
        una linea, una frase, una oracion, dos frases, en diez palabras, un titulo, asunto del
        en una linea, una sola frase, en pocas palabras, breve titulo
    """,
    "write": """
        redact*, escribe, escribeme, elabora, prepara, carta de, carta para, informe para
        informe de, instrucciones para, hoja informativa, folleto, nota de evolucion, nota soap
        reescrib*, reformula, lenguaje sencillo, lenguaje claro, palabras sencillas, simplifica
        correo para, crea un, crea una, haz un, haz una, genera un, genera una, plantilla
        carta de referencia, borrador, plan de cuidados, reporte, pasa mis apuntes, pasa en limpio
        nota medica, nota clinica, certificado, justificante, constancia, hoja para, guia para
        folleto para, comunicado, memorando, presentacion, protocolo de, lista de verificacion
        contesta la carta, formato de carta, correo a, mensaje para, anuncio, encuesta
        cuestionario, informe mensual, reporte mensual, redacte, escriba una, escriba un, elabore
        prepare, folleto sencillo, una carta, hoja sobre, instructivo, texto para, mensaje a
        una pagina para, pagina para familias, redacta que
    """,
    "reply": """
        responde al paciente, responde a la paciente, responde este mensaje, responde a este
        contesta al, contesta a la, contesta este, mensaje del paciente, mensaje de la paciente
        el paciente pregunta, la paciente pregunta, dile al paciente, respuesta para, respuesta al
        contestale, respondele, dile que, avisale, avisa al paciente, avisa a la paciente
        la mama pregunta, el papa pregunta, la madre pregunta, el padre pregunta
        la familia pregunta, el hijo pregunta, la hija pregunta, me escribe la paciente
        me escribe el paciente, mensaje del portal, tranquiliza, respondale, escribale, contestele
        digale, avisele, responda al, responda a la, conteste al, conteste a la, pregunta si
        que contestarle, dile a la paciente, escribe que su, su inquietud
    """,
    "translate": """
        traduc*, traducir, al ingles, al espanol, en ingles, traduzca, version en ingles
        version en espanol, version en, pasa al ingles, pasa al espanol, al portugues, al frances
    """,
    "explain": """
        explica, explicame, que significa, describe, como funciona, diferencia entre
        efectos secundarios, para que sirve, en que consiste, explicale, explicar, para que se usa
        por que se usa, en terminos sencillos, definicion de, define, cual es la diferencia
        que hace, explique, expliquele, como se usa, como debe tomarse, como funciona una, contagia
        cuanto tiempo contagia
    """,
    "billing_code": """
        cie 10, cie10, icd 10, codigos de facturacion, codifica, codificar, codificacion
        codigos diagnosticos, cpt, codigos de procedimiento, codifique, asigne los codigos
        codigos de diagnostico, codigo de facturacion, nivel de consulta
    """,
    "code_mapping": """
        codigo cie 10 de, codigo cie de, mapea, codigo loinc, codigo snomed, loinc de, snomed de
        cie 10 de, cie 10 para, codigo cie, codigo icd, codigo cpt
    """,
    "fhir": """fhir, hl7""",
    "formulary": """
        formulario de medicamentos, vademecum, alternativa cubierta, alternativa generica
        alternativa mas barata, autorizacion previa, cubierto por, cubierta por
        alternativa terapeutica, no cubre, no cubren, no esta cubierto, no esta cubierta
        otra opcion, de la lista, mas economico, mas economica, equivalente generico, cuadro basico
    """,
    "medication": """
        es seguro, es segura, puede tomar, puedo tomar, se puede dar, se puede tomar, junto con
        contraindic*, alergic*, dosis, posologia, ajuste de dosis, ajustar la dosis, conciliacion
        conciliar, cuanto paracetamol, mg por kg, mg kg, cada cuantas horas, primera linea
        revisa la medicacion, revision de medicacion, duplicidad, se puede con, se pueden tomar
        se puede mezclar, mezclar, combinar, hay problema, esta bien tomar, le toca, cuanto le toca
        cuanto le doy, cuanto ibuprofeno, cuantos mg, cuantos ml, dosis de, dosis usual
        dosis habitual, dosis maxima, dosis pediatrica, con comida, con alimentos, efectos adversos
        efecto secundario, reaccion, olvido una dosis, equivalencia, velocidad de infusion, vigilar
        debe tomarse, como debe tomar, como se toma, algun cuidado, con calcio, dosis para
        dosis en, combinaciones, ajuste todo, sustituir, sustituiria, que vigilar, alergia a
        rango usual, suplementos, lactando, puede una, cada 6 horas, cada 8 horas, interaccion*
        interactua*, interacciona*
    """,
    "clinical_extract": """
        lista de problemas, datos estructurados, entidades clinicas, diagnosticos y procedimientos
        escaneado, escaneada, manuscrit*, foto de, fotografia de, entradas codificadas
        registro de tumores, a datos estructurados
    """,
    "differential": """
        diferencial, diagnostico diferencial, que puede ser, que podria ser, que lo causa
        cual es la causa, causa mas probable, diagnostico mas probable, que diagnostico
        diagnostico probable, descartar, estudio de, que explica, que tiene, se me escapa
        que esta pasando, etiolog*, sospecha, sospechas, posibles causas, que opinas, que le pasa
        que sera, que buscarias, como lo estudio, como la estudio, que estudios, que pruebas
        que pido, que mas pido, datos de alarma, abordaje, estudio diagnostico
        explica los hallazgos, todo junto, que diagnosticos, mas probable, como distingo
        impresion diagnostica, que piensa, como distinguirlos, como distinguir
        diagnosticos principales, interprete, interpreta, que le preocupa, que te preocupa
        que sugiere, compatible con, diagnosticos posibles, impresion, que enfermedad
    """,
    "manage": """
        que hacer, que hago, que hacemos, que harias, siguiente paso, proximo paso, pasos a seguir
        plan, manejo, como manejar, como lo manejo, como la manejo, como tratar, conducta
        tratamiento de eleccion, plan de tratamiento, debemos, deberiamos, deberia, suspender
        suspendo, iniciar, inicio, reiniciar, continuar o, ingresar o, ingreso o, dar de alta
        anticoag*, intubar, trombolisis, fibrinolisis, vasopresores, que antibiotico, que farmaco
        cual primero, que primero, primero, titular, optimizar, escalar, recomien*, recomendacion
        recomendarias, sugieres, cambiar a, mejor opcion, como seguimos, como sigo, y ahora que
        ajustamos, deprescrib*, retirar, como ajusto, que ajuste, operamos o, esperamos, operar o
        orden de actuacion, que secuencia, a que ritmo, como corrijo, cuando reinicio
        cuando reiniciamos, cuando retomar, retomamos, revertir, reversion, antidoto, esquema de
        ajuste, ajustes, intubamos, intubo, trasladar, derivar, que dosis, que hariais
        que hariamos, cual retiras, cuales retiras, en que orden, es candidato, candidata, umbral
        objetivo de, meta de, opciones, alternativa mas segura, mas seguro, mas segura, que elegir
        elegir, elegirias, cual eliges, cobertura empirica, empirico, balance, riesgo beneficio
        interconsulta, vigilancia, maneja, como maneja, como manejaria, hace primero, que hace
        prioridades, prioridades inmediatas, estrategia, estrategia de, correccion, rescate
        consejeria, hay que agregar, agregar, anadir, que haria, que recomienda, recomendaria
        trataria, tratarias, tratar, trato, conviene, continuo, continuamos, seguimos, suspendemos
        iniciamos, empezamos, escalamos, decidir, decision, opcion, guiame, guieme
        por donde seguirias, arreglalo, regimen empirico, que regimen, recargo o, si debo suspender
        si debemos suspender, si suspender, si hay que suspender, si continuar, si iniciar
    """,
    "code": """
        python, javascript, sql, script, consulta sql, base de datos, api, endpoint
        prueba unitaria, repositorio, commit, migracion, django, react, configuracion, variable
        docker, yaml, este codigo, el codigo, esta funcion, una funcion, la funcion, este modulo
        el modulo, algoritmo, software, cola de trabajo, bash, ciclo, bucle, variable de, rest
        graphql, servicio web, aplicacion web, interbloqueo, condicion de carrera, fuga de memoria
        broker, replica, css, hoja de estilos, safari, conmutacion, constructor de sql, parametro
        en go
    """,
    "code_make": """
        escribe una funcion, escribe un script, escribe una consulta, escribe el codigo
        consulta sql, implementa, crea un endpoint, crea una funcion, agrega un endpoint
        anade un endpoint, integra, conector, funcion que, script que, endpoint que, consulta que
        genera el codigo, programa que, escribe pruebas, script de, programa en, consulta para
        escriba una funcion, desarrolla, desarrolle, programe, componente de, comando de
        hazme una funcion, hazme un script, funcion en go, haz una funcion
    """,
    "refactor": """
        refactor*, reescribe esta funcion, simplifica esta funcion, limpia este codigo
        divide esta funcion, refactorice, separa la logica, mejora este codigo
    """,
    "code_docs": """
        documenta, documentacion, notas de version, registro de cambios, changelog, readme
        docstring, docstrings
    """,
    "code_small": """
        renombra, lint, linter, importaciones, imports, cambia el puerto, sube la version
        variable de entorno, prueba sencilla, prueba unitaria sencilla, convenciones de nombres
        guia de estilo, falta una coma, cambia el valor, archivo de configuracion
        tiempo de espera a
    """,
    "code_review": """
        revisa este codigo, revisa el codigo, revisa esta funcion, revisa el pull request
        revision de codigo, revisa el diff, revise este codigo, revise la funcion, revise mi codigo
    """,
    "bug": """
        error, errores, excepcion, falla, fallan, fallo, no funciona, se cae, depura, bug, lanza
        devuelve none, roto, me sale, nonetype, no compila, no carga, no importa, se queda
        se rompio, traza de error, mensaje de error, da error, lanza un error, lanza indexerror
        indexerror, ciclo lanza, por que este ciclo, arroja, se desborda, arregla mi
        programmingerror
    """,
    "deep_bug": """
        intermitente*, a veces, esporadic*, condicion de carrera, interbloqueo, fuga de memoria
        solo en produccion, bajo carga, causa raiz, aleatori*, concurren*, duplicados de vez
        de vez en cuando, cobros dobles, doble cobro, inconsistente*, no se reproduce
        cada pocas horas, cada semana, cada martes, cada noche, cada hora, sin patron, los logs
        logs limpios, se pierden, datos corruptos, al azar, varias veces, crece sin parar, se agota
        sin motivo, incidente*, caida, caidas, incorrecta, incorrecto, equivocada, equivocado
        se mueven una hora, para algunos usuarios, algunos usuarios, patron claro
        encontrar la causa, no encuentro la causa, a ciertas horas, bajo mucha carga
        llegan dos veces, nunca en pruebas, no cuadra, no cuadran, cadena de bloqueos
        tras la conmutacion
    """,
    "logic_review": """
        errores de logica, casos limite, casos extremos, correccion de la logica, logica de negocio
        que puede fallar, que podria fallar, modos de fallo, logica, es correcto, es correcta
        puede devolver, alguna vez, condiciones limite, redondeo, verifica que, demuestra
        que rompe, donde falla, concurrencia, es seguro para hilos, dos veces, pagar dos veces
        puede pagar, podria pagar, que entradas, podria romper, revise si este, revisa si este
        garantiza, idempoten*, fallo de logica, error de logica, falla de logica
        es correcto este codigo
    """,
    "security": """
        seguridad, vulnerab*, auditoria de seguridad, modelo de amenazas, inyeccion, credencial*
        secretos, contrasenas, control de acceso, ataque*, fuga de datos, brecha, expone
        otra clinica, otros pacientes, ver datos de, pacientes de otra, acceso no autorizado
        hackear, hackean, cifrado, claves, superficie de ataque, reidentific*, anonimiz*
        datos identificables, malicios*, ajenos, ajenas, permisos, sin permiso, no deberia ver
        atacante, ciberataque, filtracion, filtrar datos, datos sensibles, suplant*, inyect*
        inyectar, robad*, robo de, contrasena real, auditoria de, comprometid*
    """,
    "architecture": """
        arquitectura, ventajas y desventajas, pros y contras, disena, disenar, diseno de
        microservicio*, monolito, multi tenant, escalab*, estrategia de migracion
        plan de migracion, sin interrupcion, alta disponibilidad, recuperacion ante desastres
        frente a, deberiamos usar, deberiamos migrar, una base de datos por
        base de datos compartida, una compartida, como disenarias, como migrarias, escalar
        resilien*, tolerancia a fallos, cola de mensajes, que base de datos, redisen*
        sin tiempo de inactividad, en la nube o, o rest, graphql o, proximos cinco anos
        proximos anos, que arquitectura, autoalojad*, integracion a largo plazo, replicacion
        sincrona o asincrona, comprar o construir, externalizar
    """,
    "decision_record": """
        adr, registro de decision, decision formal, documenta la decision
        documenta nuestra decision
    """,
    "orchestrate": """
        orquest*, coordina, coordinar, agentes, subagentes, descompon, varios pasos, flujo completo
        delega, reparte las tareas, agente, herramientas, secuencia de llamadas, replanifica
        subtareas, automatiza todo, flujo de trabajo completo, ante fallos, planifica y ejecuta
        planifique y ejecute, ejecuta los pasos, decide en cada, en cada etapa
        herramientas disponibles
    """,
    "legal": """
        contrato, clausula*, acuerdo, indemniz*, responsabilidad, arrendamiento, confidencialidad
        rescision, garantia, legal, ley, normativa, convenio, cumplimiento, secciones, demanda
        arbitraje, regulacion, arrendador, subarriendo, no competencia, proveedor, penalizacion
        nos obliga, obliga, enmienda, clausulas, vigencia del contrato, incumplimiento
        competencia desleal, vender la clinica, arrendatario, subir precios, prorroga
        renovacion automatica
    """,
    "analyze": """
        analiz*, evalua, valora, riesgos, implicaciones, negoci*, contradic*, compara, comparar
        interpreta*, estrategia, justific*, sopesa, pondera, investiga, concilia, sintetiz*
        argumenta, quien asume, asume el riesgo, exposicion, obligaciones, consecuencias
        interpretacion, leidas juntas, juntas, leyendo juntas, escenario*, rentabilidad, viabilidad
        que conviene, conviene mas, ambigu*, evidencia, etic*, considerando la, analice, evalue
        compare, valore, nos obliga, sopese, desventaj*, ventaj*, contraste, puede el proveedor
        podria el proveedor, que palanca, nos conviene, cuantifica
    """,
    "clause_pull": """
        extrae la clausula, extrae las clausulas, clausula de rescision, que clausula
        condiciones de pago, fecha de vigencia
    """,
    "why": """
        por que, a pesar de, aunque, teniendo en cuenta, considerando, dado que, sin respuesta
        no responde, no mejora, refractari*, persistente, empeora, empeorando, recurrente
        sigue con, inexplicad*, atipic*, prioriza, prioridad, en que orden, sin embargo, pero ahora
        versus, vs, ademas de, junto a, desde que, cada vez mas, cada vez peor, no cede
        sin mejoria, pese a, complicado con, en el contexto de, de nuevo
    """,
}

CLINICAL: Final = """
    diagnostic*, sintoma*, tratamiento*, terapia, medicamento*, medicacion, farmaco*, dosis
    receta*, enfermedad, sindrome, infeccion, dolor, fiebre, tos, nausea*, vomito*, cefalea
    dolor de cabeza, mareo*, sangrado, hinchazon, cansancio, convulsion*, dolor toracico
    dolor de pecho, disnea, falta de aire, sincope, diabet*, hipertens*, asma, epoc, neumonia, itu
    sepsis, ictus, cancer, depresion, ansiedad, insuficiencia, fibrilacion, anemia, colesterol
    tension, presion arterial, hba1c, insulina, cirugia, biopsia, resonancia, tac, ecografia
    radiografia, electrocardiograma, analitica, troponina, creatinina, filtrado glomerular, inr
    hemoglobina, potasio, sodio, alergia*, vacuna*, embaraz*, pediatr*, lactante, recien nacido
    uci, antibiotico*, anticoag*, estatina*, opioide*, corticoide*, antidepresivo*, dialisis, rinon
    renal, higado, hepatic*, pulmon, cardiac*, tiroides, migrana, artritis, herida, fractura, orina
    pastilla*, tableta*, comprimido*, azucar, glucosa, vejiga, erupcion, mamografia, tetanos
    refuerzo, celulitis, epilepsia, bipolar*, demencia, valvula, trasplante, cateter, rodilla
    cadera, hombro, espalda, lumbalgia, esguince, quemadura, picazon, urticaria, faringitis, gripe
    otitis, sinusitis, bronquitis, sibilancias, eosinofil*, ferritina, bacteriemia, endocarditis
    cirrosis, ascitis, antiagregante*, marcapasos, hipogluc*, autoinmune, vasculitis, leucemia
    linfoma, melanoma, metasta*, colonoscopia, aneurisma, embolia, tromb*, coagulo, edema
    aspiracion, neuropatia, hepatitis, vih, tuberculosis, betabloqueador, claudicacion, vision
    hemoptisis, hematuria, letargic*, alcoholic*, plaquetas, amonio, nodulo, pulmonar, zoster
    hipotiroid*, hipertiroid*, estridor, meningitis, puncion lumbar, absceso, anafilaxia, osmolar
    anionica, vision borrosa, cultivos, origen desconocido, qt, fenitoina, albumina, lactando
    lesion, ulcera, quiste, apendic*, pancreat*, hernia, prostata, utero, ovario, mama, columna
    cerebr*, neuro*, psiqu*, insomnio, obesidad, oxigeno, arritmia, soplo, isquemi*, transfusion
    quimioterapia, radioterapia, analisis en ayunas, ayunas, cuero cabelludo, sutura
    bomba de insulina
"""

PEOPLE: Final = """
    paciente*, medico, medica, medicos, enfermera, enfermero, doctor, doctora, laboratorio
    urgencias, alta, clinic*, hospital, farmacia, consulta, cita, expediente
"""

ACUTE: Final = """
    dolor toracico, dolor de pecho, disnea, falta de aire, sincope, hipotens*, taquicard*
    bradicard*, confus*, letargic*, sepsis, septic*, choque, shock, hemorragia digestiva, melena
    hematemesis, estridor, convulsion*, anafila*, elevacion del st, iamcest, tep, cetoacidosis
    hiperpotasemi*, hiperkalemi*, hiponatremi*, ictus, debilidad, suicid*, sobredosis, febril
    neutropeni*, meningitis, embolia pulmonar, tromboembolismo, acidosis, isquemi*, hipoxi*
    desatur*, preeclampsia, diseccion, taponamiento, acv, abdomen agudo, focalidad, hemoptisis
    hematuria, letargico, sangrado digestivo, iam, pierde vision, perdida de vision, refractari*
    pancitopenia, hipoglucemia, bacteriemia, perforacion, obstruccion, coma, paro, arritmia
    anafilaxia, brecha anionica, brecha osmolar, absceso, vision borrosa, origen desconocido
    crisis, qt
"""

ORGAN: Final = """
    erc, enfermedad renal, insuficiencia renal, insuficiencia hepatica, insuficiencia cardiaca
    cirrosis, child pugh, dialisis, hemodialisis, trasplant*, embaraz*, gestante, inmunodeprimid*
    inmunosupres*, qtc, qt largo, encefalopatia, ascitis, trombocitopeni*, plaquetopenia, fragil
    polifarmacia, polimedicad*, aclaramiento, fevi, fraccion de eyeccion, neonato, trimestre
    valvula mecanica, cancer activo, trombosis, vih, recien nacido, anciano, anciana
    estado epileptico, ventilacion mecanica, quemado, obesidad morbida, stent, bipolaridad
    epilepsia
"""

COMMON: Final = """
    el, la, los, las, de, del, que, en, y, un, una, por, para, con, es, al, se, su, esta, este, lo
    como, si, no, le, me, mi, sus, cual, cuando, desde, hay, tiene, toma, anos
"""

ASK_STARTS: Final = """
    extrae, saca, lista, busca, encuentra, clasifica, etiqueta, formatea, convierte, traduce
    resume, resumir, redacta, escribe, responde, contesta, explica, describe, compara, analiza
    revisa, evalua, disena, propon, recomienda, sugiere, verifica, comprueba, identifica, que, cual
    cuales, por, como, cuando, donde, quien, debo, debemos, deberia, puede, puedo, es, hay, dame
    dime, muestra, crea, genera, haz, implementa, agrega, anade, corrige, depura, renombra
    refactoriza, actualiza, cuenta, calcula, detecta, devuelve, necesito, ayuda, prioriza, codifica
    ordena, luego, despues, tambien, finalmente, pregunta, tarea, plan, manejo, conducta, siguiente
    interpreta, prepara, elabora, coordina
"""

MECHANICAL_STARTS: Final = """
    extrae, saca, lista, busca, encuentra, clasifica, etiqueta, formatea, convierte, traduce
    resume, reescribe, detecta, cuenta, ordena, identifica, devuelve, corrige, copia, simplifica
    pasa
"""

RECORD_HEADS: Final = """
    nota, notas, historia, correo, mensaje, mensaje del paciente, texto, transcripcion, registro
    documento, contexto, carta, informe, asunto, de, para, contrato, clausula, datos, contenido
    resena, comentario, expediente, antecedentes, exploracion, factura, formulario, fecha, adjunto
    evolucion, ficha, llamada, opinion
"""

# Whole words of the open endings above, so that misspelt ones are recognized.
SPELLINGS: Final = """
    alcoholico, alergico, alfabetico, anafilaxia, analiza, analizar, antiagregantes, antibiotico
    anticoagulacion, arquitectura, bipolaridad, cerebral, clasifica, clasificacion, clasificar
    clausulas, clinica, clinicas, clinico, confusion, confuso, contraindicado, convulsiones
    desventajas, diabetico, diagnostico, diagnosticos, embarazada, embarazo, empirico, etiqueta
    evaluar, farmacos, hematuria, hipertension, hiponatremia, hipotension, hipotiroidismo
    indemnizacion, insuficiencia, interaccion, interacciona, interacciones, intermitente, inyectar
    justificante, letargico, malicioso, medicacion, medicamentos, microservicios, neurocirugia
    pacientes, pastillas, pediatrica, priorizar, recetas, recomendacion, redacta, redactar, resumen
    satisfecha, septico, traduccion, traduce, traducir, trombolisis, trombosado, trombosis
    ventajas, vulnerabilidades
"""
