"""A function of Lambda, which the local cloud does not run."""

from airflow.providers.amazon.aws.operators.lambda_function import LambdaInvokeFunctionOperator
from airflow.sdk import DAG

with DAG("lambda", schedule=None):
    LambdaInvokeFunctionOperator(task_id="answer", function_name="mine", payload="{}")
