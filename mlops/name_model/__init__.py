"""Makes the lexicon and the name model. Needs the development dependencies; nothing here runs in the service."""
