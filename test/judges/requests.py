"""Requests to AWS's APIs against botocore's models: a line of JSON on standard input each.

A line is `{"name": …, "service": …, "operation": …, "input": …}`; what is wrong with one is a line
of output.
"""

from __future__ import annotations

import json
import sys

import botocore.session
from botocore.validate import ParamValidator

for line in sys.stdin:
    request = json.loads(line)
    model = botocore.session.get_session().get_service_model(request["service"])
    shape = model.operation_model(request["operation"]).input_shape
    report = ParamValidator().validate(request["input"], shape)
    if report.has_errors():
        print(f"{request['name']}: {report.generate_report()}")
