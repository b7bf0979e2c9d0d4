"""TorchScript files of PyTorch (the extra `torch`)."""
