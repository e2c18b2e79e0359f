"""An application of EMR Serverless, which the local cloud does not run."""

from airflow.providers.amazon.aws.operators.emr import EmrServerlessCreateApplicationOperator
from airflow.sdk import DAG

with DAG("emr_serverless", schedule=None):
    EmrServerlessCreateApplicationOperator(
        task_id="answer", release_label="emr-7.13.0", job_type="SPARK"
    )
