"""ONNX files (the extra `onnx`)."""
