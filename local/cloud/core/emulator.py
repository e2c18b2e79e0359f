"""The emulator: its version, and the private names that are used of it.

They may go with any release, so that the version is pinned and each name is looked for at start.
What of it is replaced is in `patches.py`.
"""

from __future__ import annotations

from importlib.metadata import version
from types import ModuleType

from ministack import app
from ministack.core import iam_actions, iam_evaluator, persistence, router
from ministack.services import (
    athena,
    cloudwatch_logs,
    ec2,
    emr,
    glue,
    iam,
    kms,
    mwaa,
    s3,
    secretsmanager,
    sns,
    ssm,
    stepfunctions,
    sts,
)

#: The version whose private names are used here.
MINISTACK = "1.5.33"

#: What is used of each module: all that is private, and what of the rest is replaced or extended.
NAMES: dict[ModuleType, tuple[str, ...]] = {
    app: (
        "SERVICE_HANDLERS",
        "SERVICE_REGISTRY",
        "_build_persistence_save_dict",
        "_get_module",
        "_lazy_handler",
        "_loaded_modules",
        "_state_map",
        "app",
    ),
    iam_actions: (
        "SERVICE_TO_IAM_NAMESPACE",
        "_BOTOCORE_SERVICE_MAP",
        "_SERVICE_PROTOCOL",
        "_kms_key_id_from_ciphertext",
        "access_denied_response",
        "extract_iam_action",
        "extract_resource_arn",
        "identity_denial_message",
    ),
    iam_evaluator: (
        "EvalContext",
        "EvalResult",
        "ResolvedCredential",
        "_action_matches",
        "_conditions_met",
        "_is_root_key",
        "_resolve_condition_key",
        "_resolve_managed_policy_document",
        "_resource_matches",
        "_role_name_from_assumed_arn",
        "_trust_principal_matches",
        "enforce",
        "evaluate",
        "evaluate_resource_policy",
        "is_root_access_key",
        "parse_policy_document",
        "resolve_principal",
    ),
    persistence: (
        "STATE_DIR",
        "_json_default",
        "_state_format_version",
    ),
    router: (
        "SERVICE_PATTERNS",
        "extract_access_key_id",
    ),
    athena: (
        "_CreateTable",
        "_DUCKDB_TYPE_MAP",
        "_DropTable",
        "_LAZY_SIMPLE_SERDE",
        "_STORED_AS",
        "_data_format",
        "_datum_text",
        "_delete_workgroup",
        "_detect_statement_type",
        "_duckdb_type",
        "_empty_relation",
        "_ensure_default_workgroup",
        "_executions",
        "_get_query_results",
        "_get_workgroup",
        "_materialize_table_files",
        "_named_queries",
        "_parse_ddl",
        "_prepared_statements",
        "_run_ddl",
        "_table_relation",
        "_tags",
        "_update_workgroup",
        "_workgroups",
    ),
    ec2: (
        "_addresses",
        "_flow_logs",
        "_internet_gateways",
        "_nat_gateways",
        "_parse_filters",
        "_parse_ip_permissions",
        "_parse_member_list",
        "_parse_tag_specs",
        "_parse_tags",
        "_route_tables",
        "_rules_match",
        "_security_groups",
        "_subnets",
        "_tags",
        "_vpc_endpoints",
        "_vpcs",
        "_xml",
    ),
    cloudwatch_logs: ("_log_groups",),
    emr: (
        "_clusters",
        "_steps",
        "get_state",
        "load_persisted_state",
        "reset",
    ),
    glue: (
        "_batch_create_partition",
        "_crawlers",
        "_create_database",
        "_create_table",
        "_databases",
        "_delete_database",
        "_delete_partition",
        "_delete_table",
        "_handle_request_sync",
        "_job_runs",
        "_jobs",
        "_partitions",
        "_security_configs",
        "_tables",
        "_tags",
        "_update_table",
        "load_persisted_state",
    ),
    iam: (
        "_aws_managed_policies",
        "_instance_profiles",
        "_make_aws_managed_record",
        "_policies",
        "_roles",
        "_users",
    ),
    kms: ("_aliases", "_resolve_key"),
    mwaa: ("_environments",),
    s3: (
        "_bucket_encryption",
        "_bucket_policies",
        "_bucket_tags",
        "_bucket_versioning",
        "_buckets",
        "_error",
        "_object_versions",
        "_put_object",
    ),
    secretsmanager: ("_resolve",),
    ssm: ("_parameters", "_tags"),
    stepfunctions: (
        "_ExecutionError",
        "_activity_tasks",
        "_apply_catcher",
        "_apply_jsonata_arguments",
        "_apply_jsonata_output",
        "_apply_jsonata_template",
        "_apply_result_path",
        "_apply_state_assign",
        "_delete_state_machine",
        "_emit_execution_status_event",
        "_evaluate_jsonata_choice_rule",
        "_exec_intrinsic",
        "_executions",
        "_jsonata_state_field",
        "_jsonata_wait_seconds",
        "_jsonata_wait_timestamp",
        "_parse_intrinsic_call",
        "_parse_jsonpath_tokens",
        "_run_execution",
        "_state_machines",
        "_tags",
        "_task_tokens",
        "get_state",
        "load_persisted_state",
        "reset",
    ),
    sns: ("_param_tags", "_topics"),
    sts: ("register_session",),
}


def check_names() -> None:
    """Look for every private name.

    Raises:
        SystemExit: where ministack is not the version that this was written for.
    """
    installed = version("ministack")
    missing = [
        f"{module.__name__}.{name}"
        for module, names in NAMES.items()
        for name in names
        if not hasattr(module, name)
    ]
    if installed != MINISTACK or missing:
        raise SystemExit(
            f"local/cloud is written for ministack {MINISTACK}, and {installed} is installed"
            f"{': it lacks ' + ', '.join(missing) if missing else ''}. "
            "Remove .local/venvs/cloud and run the command again."
        )
