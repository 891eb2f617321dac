"""The simulated provider: a real HTTP server on loopback with its own bill (docs/sandbox.md).

Standard library and uvicorn only; imports nothing else of this project and no Django.
"""
