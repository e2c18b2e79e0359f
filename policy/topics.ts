/** A topic of SNS. */
export const TOPIC = "aws:sns/topic:Topic";
/** The policy of a topic, as a resource of its own. */
export const TOPIC_POLICY = "aws:sns/topicPolicy:TopicPolicy";
