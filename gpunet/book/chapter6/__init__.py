"""What network3 is made of: layers, their network on a device, activation functions, epochs."""
