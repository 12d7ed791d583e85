"""Values of all settings, as yaml; names, types and limits are in :mod:`lfm.config`."""
