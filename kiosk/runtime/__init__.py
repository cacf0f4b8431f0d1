"""Run a pure flow on a device: a loop for its events; its effects go to threads (`drivers.threads`)."""
