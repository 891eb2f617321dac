from routing.providers import sdk_loading

sdk_loading.load_on_demand()  # before any module of this package imports the SDK
