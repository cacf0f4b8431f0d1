"""Look for the order of casting on raw images of the media, freed blocks included."""
