"""Instance fleets: capacities that EMR meets with the instance types that a request names.

https://docs.aws.amazon.com/emr/latest/ManagementGuide/emr-instance-fleet.html
"""

from __future__ import annotations

import math
from typing import Any

from local.cloud.core.answers import ServiceError
from local.cloud.services.emr import calls

#: How instances are bought, as requests name it, and as instances do.
MARKETS = {"OnDemand": "ON_DEMAND", "Spot": "SPOT"}

#: Instance types of a fleet, and of one with an allocation strategy.
_TYPES = 5
_TYPES_BY_STRATEGY = 30

#: Minutes; https://docs.aws.amazon.com/emr/latest/APIReference/API_SpotProvisioningSpecification.html
_SPOT_TIMEOUT = range(5, 1441)


def require_fleets(fleets: list[dict[str, Any]]) -> None:
    """Raises ServiceError where fleets are not such as EMR takes."""
    kinds = [fleet["InstanceFleetType"] for fleet in fleets]
    for kind in kinds:
        if kinds.count(kind) > 1:
            raise _invalid(f"There is more than one instance fleet of the type {kind}")
    if "MASTER" not in kinds:
        raise _invalid("There must be exactly one instance fleet of the type MASTER")
    for fleet in fleets:
        _require_capacity(fleet)
        _require_types(fleet)
        minutes = _specification(fleet, "Spot").get("TimeoutDurationMinutes")
        if minutes is not None and minutes not in _SPOT_TIMEOUT:
            raise _invalid(
                f"TimeoutDurationMinutes of the fleet {fleet['InstanceFleetType']} is {minutes}; "
                f"it must be from {_SPOT_TIMEOUT[0]} to {_SPOT_TIMEOUT[-1]} minutes"
            )


def _require_capacity(fleet: dict[str, Any]) -> None:
    kind = fleet["InstanceFleetType"]
    on_demand, spot = (target(fleet, market) for market in MARKETS)
    if on_demand + spot == 0:
        raise _invalid(
            f"The instance fleet {kind} has no capacity: "
            "give a TargetOnDemandCapacity or a TargetSpotCapacity greater than 0"
        )
    # Three on-demand instances make a cluster with high availability:
    # https://docs.aws.amazon.com/emr/latest/ManagementGuide/emr-plan-ha-launch.html
    if kind == "MASTER" and (on_demand, spot) not in ((1, 0), (0, 1), (3, 0)):
        raise _invalid(
            f"The instance fleet MASTER has the capacity {on_demand} on demand and {spot} by spot "
            "instances; one of the two must be 1, or it must be 3 on demand"
        )


def _require_types(fleet: dict[str, Any]) -> None:
    kind, types = fleet["InstanceFleetType"], fleet.get("InstanceTypeConfigs") or []
    most = _TYPES_BY_STRATEGY if has_strategy(fleet) else _TYPES
    if not 1 <= len(types) <= most:
        raise _invalid(
            f"The instance fleet {kind} has {len(types)} InstanceTypeConfigs; "
            f"it must have from 1 to {most}"
        )
    for one in types:
        weight = one.get("WeightedCapacity", 1)
        if weight < 1 or (kind == "MASTER" and weight != 1):
            raise _invalid(
                f"The WeightedCapacity of {one['InstanceType']} in the instance fleet {kind} is "
                f"{weight}; it must be {'1' if kind == 'MASTER' else '1 or more'}"
            )


def made(fleets: list[dict[str, Any]], status: dict[str, Any]) -> list[dict[str, Any]]:
    """The fleets as they are kept."""
    return [
        {
            "Id": calls.identifier("if-"),
            "Name": fleet.get("Name", fleet["InstanceFleetType"]),
            "InstanceFleetType": fleet["InstanceFleetType"],
            "Status": dict(status),
            **{f"Target{market}Capacity": target(fleet, market) for market in MARKETS},
            **{f"Provisioned{market}Capacity": 0 for market in MARKETS},
            "InstanceTypeSpecifications": [
                {"WeightedCapacity": 1, **_specified(one)} for one in fleet["InstanceTypeConfigs"]
            ],
            **{
                member: fleet[member]
                for member in ("LaunchSpecifications", "ResizeSpecifications", "Context")
                if member in fleet
            },
        }
        for fleet in fleets
    ]


def _specified(config: dict[str, Any]) -> dict[str, Any]:
    """An instance type as a fleet is described by it."""
    return {key: value for key, value in config.items() if key != "EbsConfiguration"}


def target(fleet: dict[str, Any], market: str) -> int:
    """The capacity that a fleet is to have, on demand or by spot instances."""
    return fleet.get(f"Target{market}Capacity") or 0


def wanted(fleet: dict[str, Any]) -> list[tuple[str, str]]:
    """The market and the type of each instance of a fleet, all of its first type."""
    first = fleet["InstanceTypeSpecifications"][0]
    return [
        (MARKETS[market], first["InstanceType"])
        for market in MARKETS
        for _ in range(math.ceil(target(fleet, market) / first["WeightedCapacity"]))
    ]


def provision(fleet: dict[str, Any], nodes: list[dict[str, Any]]) -> None:
    """Count the instances of a fleet that run; more than the target where their weight is more."""
    weight = fleet["InstanceTypeSpecifications"][0]["WeightedCapacity"]
    for market, name in MARKETS.items():
        count = sum(
            node.get("InstanceFleetId") == fleet["Id"] and node["Market"] == name for node in nodes
        )
        fleet[f"Provisioned{market}Capacity"] = count * weight


def has_strategy(fleet: dict[str, Any]) -> bool:
    """Whether a fleet is started by an allocation strategy: as a fleet of EC2's."""
    return any(_specification(fleet, market).get("AllocationStrategy") for market in MARKETS)


def _specification(fleet: dict[str, Any], market: str) -> dict[str, Any]:
    return (fleet.get("LaunchSpecifications") or {}).get(f"{market}Specification") or {}


def _invalid(message: str) -> ServiceError:
    return ServiceError("ValidationException", message)
