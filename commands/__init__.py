"""The `amin` command: the composition root, which wires devices, flows and screens together."""
