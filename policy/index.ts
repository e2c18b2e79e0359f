import { EnforcementLevel } from "@pulumi/policy";

import { unusedSuppressions } from "./ledger";
import { About, Rule } from "./rule";
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
import { iamDocumentSizes } from "./rules/iam/iam-document-sizes";
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
import { networkNoOpenEgress } from "./rules/network/network-no-open-egress";
import { networkNoOpenIngress } from "./rules/network/network-no-open-ingress";
import { networkNoPublicAddresses } from "./rules/network/network-no-public-addresses";
import { networkRuleDescriptions } from "./rules/network/network-rule-descriptions";
import { networkRulePorts } from "./rules/network/network-rule-ports";
import { networkSubnetRanges } from "./rules/network/network-subnet-ranges";
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
import { s3PolicyLocksNobodyOut } from "./rules/s3/s3-policy-locks-nobody-out";
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
import { stackNamesUnique } from "./rules/stack/stack-names-unique";
import { stackNatInOwnZone } from "./rules/stack/stack-nat-in-own-zone";
import { stackNoForeignAccounts } from "./rules/stack/stack-no-foreign-accounts";
import { stackProtectMatchesDestroy } from "./rules/stack/stack-protect-matches-destroy";
import { stackRequiredTags } from "./rules/stack/stack-required-tags";
import { stackRouteToAws } from "./rules/stack/stack-route-to-aws";
import { stackSubnetsHaveRoutes } from "./rules/stack/stack-subnets-have-routes";
import { statesLogging } from "./rules/states/states-logging";
import { statesTimeout } from "./rules/states/states-timeout";
import { statesTracing } from "./rules/states/states-tracing";
import { statesValidDefinition } from "./rules/states/states-valid-definition";

/**
 * Every rule with the level that it has where no configuration is given, which is that of `config/fails-on-aws.json`:
 * `mandatory` where AWS itself would refuse the resource or hang on it. `mandatory` stops a preview and an update,
 * `advisory` is printed.
 */
export const rules: readonly (readonly [Rule, EnforcementLevel])[] = [
  [athenaDatabaseEncryption, "disabled"],
  [athenaEnforcedWorkgroup, "disabled"],
  [athenaExpectedBucketOwner, "disabled"],
  [athenaMetrics, "disabled"],
  [athenaResultEncryption, "disabled"],
  [awsPropertyConstraints, "mandatory"],
  [awsTypeIsJudged, "advisory"],
  [emrAutoTermination, "disabled"],
  [emrBlockPublicAccess, "disabled"],
  [emrEbsEncryption, "disabled"],
  [emrEncryptionAtRest, "disabled"],
  [emrEncryptionInTransit, "disabled"],
  [emrInstanceProfile, "disabled"],
  [emrKerberos, "disabled"],
  [emrLogging, "disabled"],
  [emrNoOpenGroups, "disabled"],
  [emrNoPublicMaster, "disabled"],
  [emrRelease, "disabled"],
  [emrSecurityConfiguration, "disabled"],
  [emrStudioOwnKey, "disabled"],
  [glueCatalogEncryption, "disabled"],
  [glueCrawlerSecurityConfiguration, "disabled"],
  [glueDatabaseName, "disabled"],
  [glueJobBookmarkOrIdempotent, "disabled"],
  [glueJobLogging, "disabled"],
  [glueJobMetrics, "disabled"],
  [glueJobNoSecretsInArguments, "disabled"],
  [glueJobRetriesBounded, "disabled"],
  [glueJobSecurityConfiguration, "disabled"],
  [glueJobSupportedVersion, "disabled"],
  [glueJobTimeout, "disabled"],
  [glueSecurityConfigurationEncrypts, "disabled"],
  [iamDocumentSizes, "mandatory"],
  [iamKnownActions, "disabled"],
  [iamNoActionWildcard, "disabled"],
  [iamNoInlineSecret, "disabled"],
  [iamNoManagedFullAccess, "disabled"],
  [iamNoNotAction, "disabled"],
  [iamNoResourceWildcard, "disabled"],
  [iamNoTrustWildcard, "disabled"],
  [iamNoUser, "disabled"],
  [iamOidcSubject, "disabled"],
  [iamPassRole, "disabled"],
  [iamTrustSource, "disabled"],
  [kmsDeletionWindow, "disabled"],
  [kmsKeyEnabled, "disabled"],
  [kmsNoWildcardPrincipal, "disabled"],
  [kmsRotation, "disabled"],
  [logsEncryption, "disabled"],
  [logsRetention, "disabled"],
  [mwaaAllLogs, "disabled"],
  [mwaaClassAndWorkers, "mandatory"],
  [mwaaExecutionRoleTrust, "mandatory"],
  [mwaaKeyAdmitsLogs, "mandatory"],
  [mwaaLogGroups, "disabled"],
  [mwaaNetworkAcl, "mandatory"],
  [mwaaMaintenanceWindow, "disabled"],
  [mwaaOwnKey, "disabled"],
  [mwaaPinnedObjectVersions, "disabled"],
  [mwaaSecurityGroupEgress, "mandatory"],
  [mwaaPrivateWebserver, "disabled"],
  [mwaaSecurityGroupSelf, "mandatory"],
  [mwaaSourceBucketProtected, "mandatory"],
  [mwaaSupportedVersion, "mandatory"],
  [mwaaTaskLogs, "disabled"],
  [mwaaTwoPrivateSubnets, "mandatory"],
  [networkDefaultGroupClosed, "disabled"],
  [networkEndpointVpcDns, "mandatory"],
  [networkEndpointPrivateDns, "disabled"],
  [networkFlowLogs, "disabled"],
  [networkNoAdminPorts, "disabled"],
  [networkNoOpenEgress, "disabled"],
  [networkNoOpenIngress, "disabled"],
  [networkNoPublicAddresses, "disabled"],
  [networkRuleDescriptions, "disabled"],
  [networkRulePorts, "mandatory"],
  [networkSubnetRanges, "mandatory"],
  [redshiftEncrypted, "disabled"],
  [redshiftEnhancedVpcRouting, "disabled"],
  [redshiftInVpc, "disabled"],
  [redshiftLogging, "disabled"],
  [redshiftManagedPassword, "disabled"],
  [redshiftNotDefaultName, "disabled"],
  [redshiftNotPublic, "disabled"],
  [redshiftOwnKey, "disabled"],
  [redshiftRequireSsl, "disabled"],
  [redshiftSnapshots, "disabled"],
  [redshiftUserActivityLogging, "disabled"],
  [redshiftVersionUpgrade, "disabled"],
  [redshiftserverlessAdminName, "disabled"],
  [redshiftserverlessAuditLogs, "disabled"],
  [redshiftserverlessDefaultRoleListed, "mandatory"],
  [redshiftserverlessEnhancedVpcRouting, "disabled"],
  [redshiftserverlessManagedPassword, "disabled"],
  [redshiftserverlessMaxCapacity, "disabled"],
  [redshiftserverlessNotPublic, "disabled"],
  [redshiftserverlessOwnKey, "disabled"],
  [redshiftserverlessRequireSsl, "disabled"],
  [redshiftserverlessSubnets, "mandatory"],
  [airflowBucketNamePrefix, "disabled"],
  [airflowBucketVersioning, "mandatory"],
  [s3AccessLogging, "disabled"],
  [s3AclsDisabled, "disabled"],
  [s3BucketNaming, "mandatory"],
  [s3Encryption, "disabled"],
  [s3NoAclPublic, "disabled"],
  [s3NoDotsInName, "disabled"],
  [s3NoWildcardPrincipal, "disabled"],
  [s3OldVersionsExpire, "disabled"],
  [s3PolicyLocksNobodyOut, "disabled"],
  [s3PublicAccessBlockComplete, "disabled"],
  [s3PublicAccessBlock, "disabled"],
  [s3TlsOnly, "disabled"],
  [s3Versioning, "disabled"],
  [secretsmanagerEncryption, "disabled"],
  [secretsmanagerNoWildcardPrincipal, "disabled"],
  [secretsmanagerRotation, "disabled"],
  [snsEncryption, "disabled"],
  [snsNoWildcardPrincipal, "disabled"],
  [snsTlsOnly, "disabled"],
  [ssmSecureString, "disabled"],
  [stackEndpointAdmitsEnvironment, "mandatory"],
  [stackEndpointDnsUnique, "mandatory"],
  [stackLogGroupsExist, "disabled"],
  [stackNamesUnique, "mandatory"],
  [stackNatInOwnZone, "disabled"],
  [stackNoForeignAccounts, "disabled"],
  [stackProtectMatchesDestroy, "disabled"],
  [stackRequiredTags, "disabled"],
  [stackRouteToAws, "mandatory"],
  [stackSubnetsHaveRoutes, "disabled"],
  [statesLogging, "disabled"],
  [statesTimeout, "disabled"],
  [statesTracing, "disabled"],
  [statesValidDefinition, "mandatory"],
];

/** All that a configuration may name: the rules, and what the pack says of the configuration itself. */
export const configurable: readonly About[] = [...rules.map(([rule]) => rule), unusedSuppressions];
