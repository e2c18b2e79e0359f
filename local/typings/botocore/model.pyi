"""What is used of botocore's models: its cached properties hide their types from a type checker."""

from collections import OrderedDict
from typing import Any

class Shape:
    name: str
    type_name: str
    serialization: dict[str, Any]
    metadata: dict[str, Any]
    documentation: str

class StructureShape(Shape):
    members: OrderedDict[str, Shape]
    required_members: list[str]
    error_code: str | None

class ListShape(Shape):
    member: Shape

class MapShape(Shape):
    key: Shape
    value: Shape

class StringShape(Shape):
    enum: list[str]

class OperationModel:
    name: str
    http: dict[str, Any]
    input_shape: StructureShape | None
    output_shape: StructureShape | None
    error_shapes: list[StructureShape]

class ServiceModel:
    operation_names: list[str]
    shape_names: list[str]
    error_shapes: list[StructureShape]
    metadata: dict[str, Any]
    service_id: Any
    signing_name: str
    def operation_model(self, operation_name: str) -> OperationModel: ...
    def shape_for(self, shape_name: str) -> Any: ...
