"""Detection, masks, blending and super-resolution: blocking functions that know no window."""
