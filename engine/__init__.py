"""The engine of duly: policy x book x date -> plan -> effects. Rooms import upwards only (docs/architecture.md)."""

VERSION = "0.1.0"
