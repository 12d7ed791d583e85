"""ALFWorld: household tasks in text, over our fast engine or the original one."""
