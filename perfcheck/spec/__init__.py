"""From YAML to a spec whose every value has a place."""
