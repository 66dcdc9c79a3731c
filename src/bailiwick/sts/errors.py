"""STS's errors, one class each, with the texts that AWS gives.

Source: botocore's model of STS for codes and statuses (a test compares them); texts as AWS answers them.
"""

from typing import Self

from bailiwick import errors


class AccessDenied(errors.AccessDenied):
    """The caller may not do this, or may not do it with these credentials."""

    @classmethod
    def not_authorized(cls, caller_arn: str, action: str, resource: str) -> Self:
        """Some policy denies, or none allows. It says not which: it must read the same for a role that is not there."""
        return cls(f"User: {caller_arn} is not authorized to perform: {action} on resource: {resource}")

    @classmethod
    def not_vouched_for(cls, operation: str) -> Self:
        """The role's trust policy does not allow it, or there is no such role. AWS names neither."""
        return cls(f"Not authorized to perform sts:{operation}")

    @classmethod
    def too_many_scope_downs(cls, limit: int) -> Self:
        """GetScopedCredentials: the session has as many scope down policies as it may have."""
        return cls(
            f"The session already has {limit} scope down policies, which is the maximum. Call GetScopedCredentials "
            "without a policy to shorten the session only."
        )

    @classmethod
    def root_may_not_assume(cls) -> Self:
        """An account's root user called AssumeRole."""
        return cls("Roles may not be assumed by root accounts.")

    @classmethod
    def session_credentials(cls, operation: str) -> Self:
        """The operation needs a long-term access key, and the caller came with a session."""
        return cls(f"Cannot call {operation} with session credentials")

    @classmethod
    def misleading_subject(cls) -> Self:
        """GetWebIdentityToken: the origin that the session tells of begins like an ARN, or cannot be read aright."""
        return cls("The subject of the session's origin identity cannot be used as the subject of a token.")

    @classmethod
    def incomplete_mfa(cls) -> Self:
        """Only one of SerialNumber and TokenCode was sent."""
        return cls("MultiFactorAuthentication failed, must provide both MFA serial number and one time pass code.")

    @classmethod
    def wrong_mfa_code(cls) -> Self:
        """The code is wrong, was used before, or is not looked at after too many wrong ones: which is not told."""
        return cls("MultiFactorAuthentication failed with invalid MFA one time pass code.")

    @classmethod
    def unknown_mfa_device(cls) -> Self:
        """The serial number is not that of a device of the caller that has codes. AWS writes the two blanks."""
        return cls(
            "MultiFactorAuthentication failed, unable to validate MFA code.  "
            "Please verify your MFA serial number is valid and associated with this user."
        )


class ValidationError(errors.ValidationError):
    """A parameter is refused for what it asks."""

    @classmethod
    def above_role_maximum(cls) -> Self:
        """DurationSeconds is more than the role's MaxSessionDuration."""
        return cls("The requested DurationSeconds exceeds the MaxSessionDuration set for this role.")

    @classmethod
    def above_chaining_limit(cls) -> Self:
        """DurationSeconds is more than an hour, and a session asks."""
        return cls("The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.")

    @classmethod
    def not_a_role(cls, arn: str) -> Self:
        """RoleArn is no role's ARN."""
        return cls(f"{arn} is invalid")

    @classmethod
    def request_arn(cls) -> Self:
        """RoleArn is no role's ARN, or PrincipalArn no provider's."""
        return cls("Request ARN is invalid")

    @classmethod
    def nothing_to_scope(cls) -> Self:
        """GetScopedCredentials was sent neither Policy nor DurationSeconds."""
        return cls("At least one of Policy and DurationSeconds must be specified.")

    @classmethod
    def no_origin_identity(cls) -> Self:
        """GetWebIdentityToken: the session does not tell whom it acts for, or not who vouches for that."""
        return cls(
            "SubjectMode OriginIdentity requires a session whose trusted identity propagation context has "
            "aws:OriginIdentity/Subject, and aws:OriginIdentity/Issuer or aws:OriginIdentity/FederatedProviderArn."
        )

    @classmethod
    def constraint(cls, shown: str, member: str, constraint: str) -> Self:
        """A constraint that AWS states and its model does not; `shown` is `'value'`, or null."""
        return cls(
            f"1 validation error detected: Value {shown} at '{member}' failed to satisfy constraint: {constraint}"
        )

    @classmethod
    def session_policy_arn(cls, arn: str) -> Self:
        """Not a managed policy that exists in the account of the session's principal, nor one of AWS."""
        return cls(f"The session policy {arn} is not a managed policy of this account or of AWS.")

    @classmethod
    def target_principal(cls, sent: str) -> Self:
        """AssumeRoot: neither an account's id nor the ARN of its root user."""
        return cls(f"{sent} is invalid")

    @classmethod
    def task_policy(cls, arn: str) -> Self:
        """AssumeRoot: not one of AWS's policies for root's tasks."""
        return cls(f"The task policy {arn} is not one that a root session can be scoped by.")

    @classmethod
    def trade_in_token(cls) -> Self:
        """GetDelegatedAccessToken: no token, or one that another account was sent. It says not which."""
        return cls("The trade-in token is not valid.")

    @classmethod
    def unknown_access_key(cls, access_key_id: str) -> Self:
        """GetAccessKeyInfo: no such key, deleted, or of an account that the caller is not in."""
        return cls(f"The access key {access_key_id} does not exist.")


class InvalidParameterValue(errors.InvalidParameterValue):
    """Session tags that cannot be set."""

    @classmethod
    def duplicate_tags(cls) -> Self:
        """A tag key occurs twice in one request."""
        return cls("Duplicate tag keys found. Please note that Tag keys are case insensitive.")

    @classmethod
    def reserved_tag(cls, text: str) -> Self:
        """A tag key or value begins with AWS's own prefix."""
        return cls(f"Tag keys and values must not begin with the reserved prefix aws: ({text}).")

    @classmethod
    def transitive_key_without_tag(cls) -> Self:
        """TransitiveTagKeys names a key that Tags does not."""
        return cls("The specified transitive tag key must be included in the requested tags.")

    @classmethod
    def inherited_tag(cls) -> Self:
        """A tag is passed, or made transitive, whose key the calling session hands down."""
        return cls(
            "One of the specified transitive tag keys can't be set because it conflicts with a transitive tag key "
            "from the calling session."
        )


class MalformedPolicyDocument(errors.AwsError):
    """The session policy is not one that AWS would take."""

    code = "MalformedPolicyDocument"
    status = 400


class InvalidIdentityToken(errors.AwsError):
    """The token or assertion of an identity provider is not one that is taken."""

    code = "InvalidIdentityToken"
    status = 400

    @classmethod
    def not_a_jwt(cls) -> Self:
        """It is no signed JWT, or not of a form or an algorithm that is taken."""
        return cls("The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)")

    @classmethod
    def no_provider(cls, issuer: str) -> Self:
        """The account of the role has no provider of that issuer, or there is no such account."""
        return cls(f"No OpenIDConnect provider found in your account for {issuer}")

    @classmethod
    def no_key(cls) -> Self:
        """The provider publishes no key that the token could be signed by. AWS writes the two blanks."""
        return cls(
            "Couldn't retrieve verification key from your identity provider,  "
            "please reference AssumeRoleWithWebIdentity documentation for requirements"
        )

    @classmethod
    def bad_signature(cls) -> Self:
        """The key that the token names did not sign it."""
        return cls("The ID Token provided is not a valid JWT: its signature cannot be verified.")

    @classmethod
    def untrusted_provider(cls) -> Self:
        """No authority that is trusted vouches for the provider's certificate, nor does a thumbprint."""
        return cls("OpenIDConnect provider's HTTPS certificate doesn't match configured thumbprint")

    @classmethod
    def wrong_audience(cls) -> Self:
        """The token is for none of the provider's client ids."""
        return cls("Incorrect token audience")

    @classmethod
    def missing_claim(cls, claim: str) -> Self:
        """A claim is absent that must be there, or has not the form that it must have."""
        return cls(f"The ID Token provided must have a valid {claim} claim.")

    @classmethod
    def not_yet_valid(cls, begins: int, now: int) -> Self:
        """The token is of the future; both in seconds since 1970 UTC."""
        return cls(f"Token not yet valid: current date/time {now} must not be before {begins}")

    @classmethod
    def source_identity(cls) -> Self:
        """The provider names a source identity that cannot be one."""
        return cls('Source Identity must match [a-zA-Z_0-9+=,.@-]{2,256} and not begin with "aws:"')

    @classmethod
    def session_tags(cls) -> Self:
        """The provider passes session tags that cannot be."""
        return cls("The session tags of the ID Token provided are not valid.")

    @classmethod
    def role_not_listed(cls) -> Self:
        """The token lists roles that it may be used for, and this is none of them."""
        return cls("The ID Token provided is not valid for the requested role.")

    @classmethod
    def own_token(cls) -> Self:
        """A token from GetWebIdentityToken: those are for other systems."""
        return cls("A token from GetWebIdentityToken cannot be used to assume a role.")

    @classmethod
    def access_token(cls) -> Self:
        """ProviderId was sent, which goes with access tokens of OAuth 2.0."""
        return cls("ProviderId is for OAuth 2.0 access tokens, which are not supported. Leave it out for ID tokens.")


class IDPCommunicationError(errors.AwsError):
    """The identity provider does not answer now; who asks again later may succeed."""

    code = "IDPCommunicationError"
    status = 400

    @classmethod
    def unreachable(cls) -> Self:
        """Why is for the operator's log alone: who asks learns nothing of what else is in this network."""
        return cls("The identity provider could not be reached to verify the token. Try again later.")


class ExpiredIdentityToken(errors.AwsError):
    """The token or assertion of an identity provider is too old; `ExpiredToken` is the caller's own session."""

    code = "ExpiredTokenException"
    status = 400

    @classmethod
    def expired(cls, expires: int, now: int) -> Self:
        """Its time is over; both in seconds since 1970 UTC."""
        return cls(f"Token expired: current date/time {now} must be before the expiration date/time {expires}")

    @classmethod
    def too_old(cls, seconds: int) -> Self:
        """It was issued so many seconds ago, which is too long, whatever it says of its end."""
        return cls(f"Token too old: {seconds}")


class PackedPolicyTooLarge(errors.AwsError):
    """The session's policies and tags do not fit into a session token."""

    code = "PackedPolicyTooLarge"
    status = 400

    @classmethod
    def token(cls, size: int, limit: int) -> Self:
        """What the token would need, and what it may have, in bytes."""
        return cls(
            f"The session token would be {size} bytes, more than the maximum of {limit} bytes. "
            "Please use smaller session policies or fewer session tags."
        )

    @classmethod
    def narrowed_approver(cls, limit: int) -> Self:
        """GetDelegatedAccessToken: who approved was narrowed by as many policies as a session can be."""
        return cls(f"The session that approved the request is narrowed by {limit} policies already, the maximum.")

    @classmethod
    def plain_text(cls, size: int, limit: int) -> Self:
        """The session policies as sent, before packing, in characters."""
        return cls(
            f"The session policies have {size} characters, more than the maximum of {limit} characters for the inline "
            "policy and the ARNs of managed policies together."
        )


class InvalidContextAssertion(errors.AwsError):
    """A context assertion is malformed, has expired, or is not of a trusted context provider."""

    code = "InvalidContextAssertion"
    status = 400

    @classmethod
    def untrusted_provider(cls) -> Self:
        """The provider named is none that this installation trusts."""
        return cls("The provided context assertion does not match a trusted context provider.")


class InvalidAuthorizationMessage(errors.AwsError):
    """An encoded authorization message cannot be decoded."""

    code = "InvalidAuthorizationMessageException"
    status = 400

    @classmethod
    def unreadable(cls) -> Self:
        """It was changed, or is not of this account and installation. It says not which."""
        return cls("The message is not an encoded authorization message of this account.")


class InsufficientSessionLifetime(errors.AwsError):
    """GetScopedCredentials: the session does not live as long as was asked for."""

    code = "InsufficientSessionLifetime"
    status = 400

    @classmethod
    def remaining(cls, requested: int, seconds: int) -> Self:
        """What was asked for, and what is left of the calling session, in seconds."""
        return cls(
            f"The requested DurationSeconds {requested} exceeds the {seconds} seconds that remain of the calling "
            "session."
        )


class InvalidSubjectCredentials(errors.AwsError):
    """GetScopedCredentials was not called with the credentials of a session."""

    code = "InvalidSubjectCredentials"
    status = 400

    @classmethod
    def not_a_session(cls) -> Self:
        """A user's or root's own access key was used."""
        return cls(
            "GetScopedCredentials must be called with temporary security credentials. "
            "Call GetSessionToken first to get them."
        )


class SessionDurationEscalation(errors.AwsError):
    """GetWebIdentityToken: the token would outlive the session that asks for it."""

    code = "SessionDurationEscalationException"
    status = 403

    @classmethod
    def past_session_end(cls, seconds: int) -> Self:
        """The token was to live that long."""
        return cls(f"The requested token duration of {seconds} seconds exceeds what remains of the calling session.")


class OutboundWebIdentityFederationDisabled(errors.AwsError):
    """GetWebIdentityToken: the account issues no such tokens."""

    code = "OutboundWebIdentityFederationDisabledException"
    status = 403

    @classmethod
    def in_account(cls, account: str) -> Self:
        """Of the caller's account."""
        return cls(f"Outbound web identity federation is not enabled for the account {account}.")


class JWTPayloadSizeExceeded(errors.AwsError):
    """GetWebIdentityToken: the token would say too much."""

    code = "JWTPayloadSizeExceededException"
    status = 400

    @classmethod
    def payload(cls, size: int, limit: int) -> Self:
        """What the payload would need, and what it may have, in bytes."""
        return cls(f"The token payload would be {size} bytes, more than the maximum of {limit} bytes.")


class ExpiredTradeInToken(errors.AwsError):
    """GetDelegatedAccessToken: the token is good no more."""

    code = "ExpiredTradeInTokenException"
    status = 400

    @classmethod
    def ended(cls) -> Self:
        """The approved time is over, or who approved could not approve now. It says not which."""
        return cls("The trade-in token has expired.")
