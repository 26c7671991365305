"""Tests that need node and npm: `make editor-test`."""
