"""The paper's tables and figures, measurements, and the training scripts."""
