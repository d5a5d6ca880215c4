"""The nightly batch (E3): T+1 feeds in, verdict masks out. Files and Polars alone; no Django."""
