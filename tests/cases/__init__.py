"""Hold cases of what the product does right when somebody attacks it or a day goes wrong."""
