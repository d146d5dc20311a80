"""OpenTelemetry Protocol: HTTP and gRPC, protobuf and JSON."""
