"""Messages: to a topic of SNS and a queue of SQS, and out of the queue."""

from airflow.providers.amazon.aws.operators.sns import SnsPublishOperator
from airflow.providers.amazon.aws.operators.sqs import SqsPublishOperator
from airflow.providers.amazon.aws.sensors.sqs import SqsSensor
from airflow.sdk import DAG, task

QUEUE = "{{ dag_run.conf['queue'] }}"

with DAG("messages", schedule=None):
    notify = SnsPublishOperator(
        task_id="notify", target_arn="{{ dag_run.conf['topic'] }}", message="told", subject="a"
    )
    send = SqsPublishOperator(task_id="send", sqs_queue=QUEUE, message_content="sent")
    receive = SqsSensor(task_id="receive", sqs_queue=QUEUE, poke_interval=1)

    @task
    def answer(task_instance: object) -> list[str]:
        messages = task_instance.xcom_pull(task_ids="receive", key="messages")
        return [message["Body"] for message in messages]

    notify >> send >> receive >> answer()
