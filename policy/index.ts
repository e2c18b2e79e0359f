import { EnforcementLevel } from "@pulumi/policy";

import { Rule } from "./rule";
import { athenaDatabaseEncryption } from "./rules/athena/athena-database-encryption";
import { athenaEnforcedWorkgroup } from "./rules/athena/athena-enforced-workgroup";
import { athenaExpectedBucketOwner } from "./rules/athena/athena-expected-bucket-owner";
import { athenaMetrics } from "./rules/athena/athena-metrics";
import { athenaResultEncryption } from "./rules/athena/athena-result-encryption";
import { awsPropertyConstraints } from "./rules/aws/aws-property-constraints";
import { awsTypeIsJudged } from "./rules/aws/aws-type-is-judged";
import { emrAutoTermination } from "./rules/emr/emr-auto-termination";
import { emrBlockPublicAccess } from "./rules/emr/emr-block-public-access";
import { emrEbsEncryption } from "./rules/emr/emr-ebs-encryption";
import { emrEncryptionAtRest } from "./rules/emr/emr-encryption-at-rest";
import { emrEncryptionInTransit } from "./rules/emr/emr-encryption-in-transit";
import { emrInstanceProfile } from "./rules/emr/emr-instance-profile";
import { emrKerberos } from "./rules/emr/emr-kerberos";
import { emrLogging } from "./rules/emr/emr-logging";
import { emrNoOpenGroups } from "./rules/emr/emr-no-open-groups";
import { emrNoPublicMaster } from "./rules/emr/emr-no-public-master";
import { emrRelease } from "./rules/emr/emr-release";
import { emrSecurityConfiguration } from "./rules/emr/emr-security-configuration";
import { emrStudioOwnKey } from "./rules/emr/emr-studio-own-key";
import { glueCatalogEncryption } from "./rules/glue/glue-catalog-encryption";
import { glueCrawlerSecurityConfiguration } from "./rules/glue/glue-crawler-security-configuration";
import { glueDatabaseName } from "./rules/glue/glue-database-name";
import { glueJobBookmarkOrIdempotent } from "./rules/glue/glue-job-bookmark-or-idempotent";
import { glueJobLogging } from "./rules/glue/glue-job-logging";
import { glueJobMetrics } from "./rules/glue/glue-job-metrics";
import { glueJobNoSecretsInArguments } from "./rules/glue/glue-job-no-secrets-in-arguments";
import { glueJobRetriesBounded } from "./rules/glue/glue-job-retries-bounded";
import { glueJobSecurityConfiguration } from "./rules/glue/glue-job-security-configuration";
import { glueJobSupportedVersion } from "./rules/glue/glue-job-supported-version";
import { glueJobTimeout } from "./rules/glue/glue-job-timeout";
import { glueSecurityConfigurationEncrypts } from "./rules/glue/glue-security-configuration-encrypts";
import { iamKnownActions } from "./rules/iam/iam-known-actions";
import { iamNoActionWildcard } from "./rules/iam/iam-no-action-wildcard";
import { iamNoInlineSecret } from "./rules/iam/iam-no-inline-secret";
import { iamNoManagedFullAccess } from "./rules/iam/iam-no-managed-full-access";
import { iamNoNotAction } from "./rules/iam/iam-no-not-action";
import { iamNoResourceWildcard } from "./rules/iam/iam-no-resource-wildcard";
import { iamNoTrustWildcard } from "./rules/iam/iam-no-trust-wildcard";
import { iamNoUser } from "./rules/iam/iam-no-user";
import { iamOidcSubject } from "./rules/iam/iam-oidc-subject";
import { iamPassRole } from "./rules/iam/iam-pass-role";
import { iamTrustSource } from "./rules/iam/iam-trust-source";
import { kmsDeletionWindow } from "./rules/kms/kms-deletion-window";
import { kmsKeyEnabled } from "./rules/kms/kms-key-enabled";
import { kmsNoWildcardPrincipal } from "./rules/kms/kms-no-wildcard-principal";
import { kmsRotation } from "./rules/kms/kms-rotation";
import { logsEncryption } from "./rules/logs/logs-encryption";
import { logsRetention } from "./rules/logs/logs-retention";
import { mwaaAllLogs } from "./rules/mwaa/mwaa-all-logs";
import { mwaaClassAndWorkers } from "./rules/mwaa/mwaa-class-and-workers";
import { mwaaExecutionRoleTrust } from "./rules/mwaa/mwaa-execution-role-trust";
import { mwaaKeyAdmitsLogs } from "./rules/mwaa/mwaa-key-admits-logs";
import { mwaaLogGroups } from "./rules/mwaa/mwaa-log-groups";
import { mwaaMaintenanceWindow } from "./rules/mwaa/mwaa-maintenance-window";
import { mwaaNetworkAcl } from "./rules/mwaa/mwaa-network-acl";
import { mwaaOwnKey } from "./rules/mwaa/mwaa-own-key";
import { mwaaPinnedObjectVersions } from "./rules/mwaa/mwaa-pinned-object-versions";
import { mwaaPrivateWebserver } from "./rules/mwaa/mwaa-private-webserver";
import { mwaaSecurityGroupEgress } from "./rules/mwaa/mwaa-security-group-egress";
import { mwaaSecurityGroupSelf } from "./rules/mwaa/mwaa-security-group-self";
import { mwaaSourceBucketProtected } from "./rules/mwaa/mwaa-source-bucket-protected";
import { mwaaSupportedVersion } from "./rules/mwaa/mwaa-supported-version";
import { mwaaTaskLogs } from "./rules/mwaa/mwaa-task-logs";
import { mwaaTwoPrivateSubnets } from "./rules/mwaa/mwaa-two-private-subnets";
import { networkDefaultGroupClosed } from "./rules/network/network-default-group-closed";
import { networkEndpointPrivateDns } from "./rules/network/network-endpoint-private-dns";
import { networkEndpointVpcDns } from "./rules/network/network-endpoint-vpc-dns";
import { networkFlowLogs } from "./rules/network/network-flow-logs";
import { networkNoAdminPorts } from "./rules/network/network-no-admin-ports";
import { networkNoOpenIngress } from "./rules/network/network-no-open-ingress";
import { networkNoPublicAddresses } from "./rules/network/network-no-public-addresses";
import { networkRuleDescriptions } from "./rules/network/network-rule-descriptions";
import { redshiftEncrypted } from "./rules/redshift/redshift-encrypted";
import { redshiftEnhancedVpcRouting } from "./rules/redshift/redshift-enhanced-vpc-routing";
import { redshiftInVpc } from "./rules/redshift/redshift-in-vpc";
import { redshiftLogging } from "./rules/redshift/redshift-logging";
import { redshiftManagedPassword } from "./rules/redshift/redshift-managed-password";
import { redshiftNotDefaultName } from "./rules/redshift/redshift-not-default-name";
import { redshiftNotPublic } from "./rules/redshift/redshift-not-public";
import { redshiftOwnKey } from "./rules/redshift/redshift-own-key";
import { redshiftRequireSsl } from "./rules/redshift/redshift-require-ssl";
import { redshiftSnapshots } from "./rules/redshift/redshift-snapshots";
import { redshiftUserActivityLogging } from "./rules/redshift/redshift-user-activity-logging";
import { redshiftVersionUpgrade } from "./rules/redshift/redshift-version-upgrade";
import { redshiftserverlessAdminName } from "./rules/redshift/redshiftserverless-admin-name";
import { redshiftserverlessAuditLogs } from "./rules/redshift/redshiftserverless-audit-logs";
import { redshiftserverlessDefaultRoleListed } from "./rules/redshift/redshiftserverless-default-role-listed";
import { redshiftserverlessEnhancedVpcRouting } from "./rules/redshift/redshiftserverless-enhanced-vpc-routing";
import { redshiftserverlessManagedPassword } from "./rules/redshift/redshiftserverless-managed-password";
import { redshiftserverlessMaxCapacity } from "./rules/redshift/redshiftserverless-max-capacity";
import { redshiftserverlessNotPublic } from "./rules/redshift/redshiftserverless-not-public";
import { redshiftserverlessOwnKey } from "./rules/redshift/redshiftserverless-own-key";
import { redshiftserverlessRequireSsl } from "./rules/redshift/redshiftserverless-require-ssl";
import { redshiftserverlessSubnets } from "./rules/redshift/redshiftserverless-subnets";
import { airflowBucketNamePrefix } from "./rules/s3/airflow-bucket-name-prefix";
import { airflowBucketVersioning } from "./rules/s3/airflow-bucket-versioning";
import { s3AccessLogging } from "./rules/s3/s3-access-logging";
import { s3AclsDisabled } from "./rules/s3/s3-acls-disabled";
import { s3BucketNaming } from "./rules/s3/s3-bucket-naming";
import { s3Encryption } from "./rules/s3/s3-encryption";
import { s3NoAclPublic } from "./rules/s3/s3-no-acl-public";
import { s3NoDotsInName } from "./rules/s3/s3-no-dots-in-name";
import { s3NoWildcardPrincipal } from "./rules/s3/s3-no-wildcard-principal";
import { s3OldVersionsExpire } from "./rules/s3/s3-old-versions-expire";
import { s3PublicAccessBlockComplete } from "./rules/s3/s3-public-access-block-complete";
import { s3PublicAccessBlock } from "./rules/s3/s3-public-access-block";
import { s3TlsOnly } from "./rules/s3/s3-tls-only";
import { s3Versioning } from "./rules/s3/s3-versioning";
import { secretsmanagerEncryption } from "./rules/secretsmanager/secretsmanager-encryption";
import { secretsmanagerNoWildcardPrincipal } from "./rules/secretsmanager/secretsmanager-no-wildcard-principal";
import { secretsmanagerRotation } from "./rules/secretsmanager/secretsmanager-rotation";
import { snsEncryption } from "./rules/sns/sns-encryption";
import { snsNoWildcardPrincipal } from "./rules/sns/sns-no-wildcard-principal";
import { snsTlsOnly } from "./rules/sns/sns-tls-only";
import { ssmSecureString } from "./rules/ssm/ssm-secure-string";
import { stackEndpointAdmitsEnvironment } from "./rules/stack/stack-endpoint-admits-environment";
import { stackEndpointDnsUnique } from "./rules/stack/stack-endpoint-dns-unique";
import { stackLogGroupsExist } from "./rules/stack/stack-log-groups-exist";
import { stackNatInOwnZone } from "./rules/stack/stack-nat-in-own-zone";
import { stackProtectMatchesDestroy } from "./rules/stack/stack-protect-matches-destroy";
import { stackRequiredTags } from "./rules/stack/stack-required-tags";
import { stackRouteToAws } from "./rules/stack/stack-route-to-aws";
import { stackSubnetsHaveRoutes } from "./rules/stack/stack-subnets-have-routes";
import { statesLogging } from "./rules/states/states-logging";
import { statesTimeout } from "./rules/states/states-timeout";
import { statesTracing } from "./rules/states/states-tracing";
import { statesValidDefinition } from "./rules/states/states-valid-definition";

/**
 * Every rule with its level: `mandatory` stops a preview and an update, `advisory` is printed. What holds for
 * one stack only is in `config/<stack>.json`.
 */
export const rules: readonly (readonly [Rule, EnforcementLevel])[] = [
  [athenaDatabaseEncryption, "mandatory"],
  [athenaEnforcedWorkgroup, "mandatory"],
  [athenaExpectedBucketOwner, "advisory"],
  [athenaMetrics, "mandatory"],
  [athenaResultEncryption, "mandatory"],
  [awsPropertyConstraints, "mandatory"],
  [awsTypeIsJudged, "advisory"],
  [emrAutoTermination, "mandatory"],
  [emrBlockPublicAccess, "mandatory"],
  [emrEbsEncryption, "mandatory"],
  [emrEncryptionAtRest, "mandatory"],
  [emrEncryptionInTransit, "advisory"],
  [emrInstanceProfile, "mandatory"],
  [emrKerberos, "advisory"],
  [emrLogging, "mandatory"],
  [emrNoOpenGroups, "mandatory"],
  [emrNoPublicMaster, "mandatory"],
  [emrRelease, "mandatory"],
  [emrSecurityConfiguration, "mandatory"],
  [emrStudioOwnKey, "advisory"],
  [glueCatalogEncryption, "advisory"],
  [glueCrawlerSecurityConfiguration, "mandatory"],
  [glueDatabaseName, "mandatory"],
  [glueJobBookmarkOrIdempotent, "advisory"],
  [glueJobLogging, "mandatory"],
  [glueJobMetrics, "advisory"],
  [glueJobNoSecretsInArguments, "mandatory"],
  [glueJobRetriesBounded, "advisory"],
  [glueJobSecurityConfiguration, "mandatory"],
  [glueJobSupportedVersion, "mandatory"],
  [glueJobTimeout, "mandatory"],
  [glueSecurityConfigurationEncrypts, "mandatory"],
  [iamKnownActions, "mandatory"],
  [iamNoActionWildcard, "mandatory"],
  [iamNoInlineSecret, "mandatory"],
  [iamNoManagedFullAccess, "mandatory"],
  [iamNoNotAction, "mandatory"],
  [iamNoResourceWildcard, "mandatory"],
  [iamNoTrustWildcard, "mandatory"],
  [iamNoUser, "mandatory"],
  [iamOidcSubject, "mandatory"],
  [iamPassRole, "mandatory"],
  [iamTrustSource, "mandatory"],
  [kmsDeletionWindow, "mandatory"],
  [kmsKeyEnabled, "mandatory"],
  [kmsNoWildcardPrincipal, "mandatory"],
  [kmsRotation, "mandatory"],
  [logsEncryption, "mandatory"],
  [logsRetention, "mandatory"],
  [mwaaAllLogs, "mandatory"],
  [mwaaClassAndWorkers, "mandatory"],
  [mwaaExecutionRoleTrust, "mandatory"],
  [mwaaKeyAdmitsLogs, "mandatory"],
  [mwaaLogGroups, "mandatory"],
  [mwaaNetworkAcl, "mandatory"],
  [mwaaMaintenanceWindow, "advisory"],
  [mwaaOwnKey, "mandatory"],
  [mwaaPinnedObjectVersions, "mandatory"],
  [mwaaSecurityGroupEgress, "mandatory"],
  [mwaaPrivateWebserver, "mandatory"],
  [mwaaSecurityGroupSelf, "mandatory"],
  [mwaaSourceBucketProtected, "mandatory"],
  [mwaaSupportedVersion, "mandatory"],
  [mwaaTaskLogs, "mandatory"],
  [mwaaTwoPrivateSubnets, "mandatory"],
  [networkDefaultGroupClosed, "mandatory"],
  [networkEndpointVpcDns, "mandatory"],
  [networkEndpointPrivateDns, "mandatory"],
  [networkFlowLogs, "mandatory"],
  [networkNoAdminPorts, "mandatory"],
  [networkNoOpenIngress, "mandatory"],
  [networkNoPublicAddresses, "mandatory"],
  [networkRuleDescriptions, "advisory"],
  [redshiftEncrypted, "mandatory"],
  [redshiftEnhancedVpcRouting, "advisory"],
  [redshiftInVpc, "mandatory"],
  [redshiftLogging, "mandatory"],
  [redshiftManagedPassword, "mandatory"],
  [redshiftNotDefaultName, "advisory"],
  [redshiftNotPublic, "mandatory"],
  [redshiftOwnKey, "advisory"],
  [redshiftRequireSsl, "mandatory"],
  [redshiftSnapshots, "mandatory"],
  [redshiftUserActivityLogging, "mandatory"],
  [redshiftVersionUpgrade, "mandatory"],
  [redshiftserverlessAdminName, "advisory"],
  [redshiftserverlessAuditLogs, "mandatory"],
  [redshiftserverlessDefaultRoleListed, "mandatory"],
  [redshiftserverlessEnhancedVpcRouting, "advisory"],
  [redshiftserverlessManagedPassword, "mandatory"],
  [redshiftserverlessMaxCapacity, "advisory"],
  [redshiftserverlessNotPublic, "mandatory"],
  [redshiftserverlessOwnKey, "mandatory"],
  [redshiftserverlessRequireSsl, "mandatory"],
  [redshiftserverlessSubnets, "mandatory"],
  [airflowBucketNamePrefix, "mandatory"],
  [airflowBucketVersioning, "mandatory"],
  [s3AccessLogging, "advisory"],
  [s3AclsDisabled, "mandatory"],
  [s3BucketNaming, "mandatory"],
  [s3Encryption, "mandatory"],
  [s3NoAclPublic, "mandatory"],
  [s3NoDotsInName, "advisory"],
  [s3NoWildcardPrincipal, "mandatory"],
  [s3OldVersionsExpire, "mandatory"],
  [s3PublicAccessBlockComplete, "mandatory"],
  [s3PublicAccessBlock, "mandatory"],
  [s3TlsOnly, "mandatory"],
  [s3Versioning, "mandatory"],
  [secretsmanagerEncryption, "mandatory"],
  [secretsmanagerNoWildcardPrincipal, "mandatory"],
  [secretsmanagerRotation, "advisory"],
  [snsEncryption, "mandatory"],
  [snsNoWildcardPrincipal, "mandatory"],
  [snsTlsOnly, "mandatory"],
  [ssmSecureString, "mandatory"],
  [stackEndpointAdmitsEnvironment, "mandatory"],
  [stackEndpointDnsUnique, "mandatory"],
  [stackLogGroupsExist, "mandatory"],
  [stackNatInOwnZone, "mandatory"],
  [stackProtectMatchesDestroy, "mandatory"],
  [stackRequiredTags, "mandatory"],
  [stackRouteToAws, "mandatory"],
  [stackSubnetsHaveRoutes, "mandatory"],
  [statesLogging, "mandatory"],
  [statesTimeout, "mandatory"],
  [statesTracing, "advisory"],
  [statesValidDefinition, "mandatory"],
];
