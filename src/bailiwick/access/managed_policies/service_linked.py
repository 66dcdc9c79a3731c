"""What the policies of the commonest service-linked roles allow, about.

AWS's own documents are longer and narrower by conditions; these name the same services and kinds of action. Nobody can
assume such a role here, since only a service of AWS is trusted, so that they are read and never decided by.

Source: AWS Managed Policy Reference, the pages of these names.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

_INTERFACES = ("ec2:CreateNetworkInterface", "ec2:DeleteNetworkInterface", "ec2:Describe*")
_ALARMS = ("cloudwatch:DeleteAlarms", "cloudwatch:DescribeAlarms", "cloudwatch:PutMetricAlarm")

ACTIONS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "AmazonECSServiceRolePolicy": (
            *_INTERFACES,
            "ec2:AttachNetworkInterface",
            "ec2:DetachNetworkInterface",
            "elasticloadbalancing:Deregister*",
            "elasticloadbalancing:Describe*",
            "elasticloadbalancing:Register*",
            "servicediscovery:DeregisterInstance",
            "servicediscovery:Get*",
            "servicediscovery:List*",
            "servicediscovery:RegisterInstance",
            *_ALARMS,
        ),
        "AmazonEKSServiceRolePolicy": (
            *_INTERFACES,
            "ec2:CreateSecurityGroup",
            "ec2:CreateTags",
            "iam:ListAttachedRolePolicies",
        ),
        "AmazonElasticFileSystemServiceRolePolicy": (*_INTERFACES, "kms:DescribeKey", "backup:CreateBackupPlan"),
        "AmazonElasticsearchServiceRolePolicy": (*_INTERFACES, "cloudwatch:PutMetricData", "acm:DescribeCertificate"),
        "AmazonGuardDutyServiceRolePolicy": (
            "ec2:Describe*",
            "organizations:Describe*",
            "organizations:List*",
            "s3:GetBucket*",
        ),
        "AmazonOpenSearchServiceRolePolicy": (*_INTERFACES, "cloudwatch:PutMetricData", "acm:DescribeCertificate"),
        "AmazonRDSServiceRolePolicy": (
            *_INTERFACES,
            "logs:CreateLogGroup",
            "logs:CreateLogStream",
            "logs:PutLogEvents",
            "cloudwatch:PutMetricData",
            "sns:Publish",
        ),
        "AmazonSSMServiceRolePolicy": (
            "ec2:DescribeInstances",
            "ssm:GetCommandInvocation",
            "ssm:ListCommands",
            "ssm:SendCommand",
        ),
        "AutoScalingServiceRolePolicy": (
            "ec2:CreateFleet",
            "ec2:CreateTags",
            "ec2:DeleteTags",
            "ec2:Describe*",
            "ec2:RunInstances",
            "ec2:StartInstances",
            "ec2:StopInstances",
            "ec2:TerminateInstances",
            "elasticloadbalancing:Deregister*",
            "elasticloadbalancing:Describe*",
            "elasticloadbalancing:Register*",
            "sns:Publish",
            *_ALARMS,
        ),
        "AWSApplicationAutoscalingDynamoDBTablePolicy": ("dynamodb:DescribeTable", "dynamodb:UpdateTable", *_ALARMS),
        "AWSApplicationAutoscalingECSServicePolicy": (
            "ecs:DescribeServices",
            "ecs:UpdateService",
            "cloudwatch:GetMetricData",
            *_ALARMS,
        ),
        "AWSConfigServiceRolePolicy": ("config:Put*", "ec2:Describe*", "iam:Get*", "iam:List*", "s3:GetBucket*"),
        "AWSEC2SpotServiceRolePolicy": ("ec2:Describe*", "ec2:RunInstances", "ec2:StartInstances", "ec2:StopInstances"),
        "AWSElasticLoadBalancingServiceRolePolicy": (
            *_INTERFACES,
            "ec2:AssociateAddress",
            "ec2:AttachNetworkInterface",
            "ec2:CreateSecurityGroup",
            "ec2:DetachNetworkInterface",
            "ec2:DisassociateAddress",
            "ec2:ModifyNetworkInterfaceAttribute",
            "ec2:ReleaseAddress",
            "logs:CreateLogDelivery",
            "logs:DeleteLogDelivery",
            "logs:GetLogDelivery",
            "logs:ListLogDeliveries",
            "logs:UpdateLogDelivery",
        ),
        "AWSOrganizationsServiceTrustPolicy": ("iam:CreateServiceLinkedRole", "iam:DeleteRole"),
        "AWSSecurityHubServiceRolePolicy": (
            "cloudtrail:DescribeTrails",
            "config:Describe*",
            "config:Get*",
            "config:Select*",
        ),
        "AWSSupportServiceRolePolicy": ("ec2:Describe*", "iam:Get*", "iam:List*", "rds:Describe*", "s3:GetBucket*"),
        "AWSTrustedAdvisorServiceRolePolicy": ("autoscaling:Describe*", "ec2:Describe*", "iam:Get*", "rds:Describe*"),
        "CloudTrailServiceRolePolicy": ("organizations:DescribeOrganization", "organizations:ListAccounts"),
        "ElastiCacheServiceRolePolicy": (*_INTERFACES, "cloudwatch:PutMetricData", "logs:DescribeLogGroups"),
    }
)
"""The policy's name → the actions that it allows on everything."""
