using Confluent.Kafka;

namespace IcmpStream.Kafka.Cluster;

/// <summary>Kafka's error codes as what this project tells a caller and a user.</summary>
internal static class KafkaFailures
{
    /// <summary>What librdkafka says where a request is for the controller and no broker names one.</summary>
    private const string NoController = "waiting for controller";

    /// <summary>The label that a failed delivery is counted under.</summary>
    public static AppendFailure Delivery(ErrorCode code) => code switch
    {
        ErrorCode.Local_MsgTimedOut or ErrorCode.Local_TimedOut or ErrorCode.RequestTimedOut => AppendFailure.TimedOut,
        ErrorCode.MsgSizeTooLarge or ErrorCode.RecordListTooLarge => AppendFailure.TooLarge,
        ErrorCode.UnknownTopicOrPart or ErrorCode.Local_UnknownTopic or ErrorCode.Local_UnknownPartition => AppendFailure.NoSuchPartition,
        ErrorCode.TopicAuthorizationFailed or ErrorCode.ClusterAuthorizationFailed => AppendFailure.NotAuthorized,
        ErrorCode.Local_PurgeInflight or ErrorCode.Local_PurgeQueue or ErrorCode.Local_Destroy => AppendFailure.Purged,
        ErrorCode.ProducerFenced or ErrorCode.InvalidProducerEpoch or ErrorCode.Local_Fenced => AppendFailure.Fenced,
        _ => AppendFailure.Refused,
    };

    public static bool IsFenced(Error error) =>
        error.Code is ErrorCode.Local_Fenced or ErrorCode.ProducerFenced or ErrorCode.InvalidProducerEpoch or ErrorCode.FencedInstanceId;

    /// <summary>True where the group has moved on without this member: its work is void, its next poll tells what it still has.</summary>
    public static bool IsGroupMovedOn(Error error) =>
        error.Code is ErrorCode.IllegalGeneration or ErrorCode.UnknownMemberId or ErrorCode.RebalanceInProgress or ErrorCode.Local_AssignmentLost;

    /// <summary>No broker answered a client's first question.</summary>
    public static LogException NotConnected(ClusterOptions options, TimeSpan waited, Error failure, Error? last)
    {
        if (last is not null && Translate(last, "connecting") is { Error: LogError.Authentication or LogError.Authorization } refused) return refused;
        var why = last is null ? "" : $" ({OneLine(last.Reason)})";
        if (failure.Code is not (ErrorCode.Local_Transport or ErrorCode.Local_TimedOut or ErrorCode.Local_AllBrokersDown or ErrorCode.Local_Resolve))
            return Translate(failure, "connecting");
        return last?.Code == ErrorCode.Local_Resolve
            ? new LogException(LogError.Unreachable, $"the name of a broker in {options.Brokers} cannot be resolved: check its spelling and the DNS{why}")
            : new LogException(
                LogError.Unreachable,
                $"no broker answers at {options.Brokers} within {waited.TotalSeconds:0.#} s: check host and port, that the broker runs, and that no firewall is between{why}");
    }

    /// <summary>A client could not be made from its settings.</summary>
    public static LogException BadSetting(string reason) => new(LogError.Configuration, $"a Kafka client setting is wrong: {OneLine(reason)}");

    /// <inheritdoc cref="BadSetting"/>
    public static LogException BadSettings(Exception failure) =>
        new(LogError.Configuration, $"a Kafka client setting is wrong: {OneLine(failure.Message)}", failure);

    public static LogException Translate(Error error, string doing)
    {
        var reason = OneLine(error.Reason);
        return error.Code switch
        {
            _ when IsFenced(error) => LogFailures.Fenced("this member"),
            ErrorCode.Local_Authentication or ErrorCode.SaslAuthenticationFailed or ErrorCode.UnsupportedSaslMechanism =>
                new LogException(LogError.Authentication, $"the broker refused the credentials: check sasl.mechanism, sasl.username and sasl.password ({reason})"),
            ErrorCode.Local_Ssl => new LogException(LogError.Authentication, $"TLS failed: check security.protocol and ssl.ca.location ({reason})"),
            ErrorCode.TopicAuthorizationFailed or ErrorCode.GroupAuthorizationFailed or ErrorCode.ClusterAuthorizationFailed or ErrorCode.TransactionalIdAuthorizationFailed =>
                new LogException(LogError.Authorization, $"{doing} is not allowed with these credentials: grant the right on the topic, group or cluster ({reason})"),
            ErrorCode.UnknownTopicOrPart or ErrorCode.Local_UnknownTopic or ErrorCode.Local_UnknownPartition =>
                new LogException(LogError.TopicMissing, $"{doing}: a topic does not exist: create it with `icmpstream topics apply` ({reason})"),
            ErrorCode.Local_TimedOut when reason.Contains(NoController, StringComparison.Ordinal) =>
                new LogException(
                    LogError.Unreachable,
                    $"{doing}: the cluster has no controller: it is starting, has lost its quorum, or is the embedded one of `icmpstream demo`"),
            ErrorCode.Local_TimedOut or ErrorCode.RequestTimedOut or ErrorCode.Local_MsgTimedOut =>
                new LogException(LogError.Timeout, $"{doing} took too long: check that the brokers are up ({reason})"),
            ErrorCode.Local_Transport or ErrorCode.Local_AllBrokersDown or ErrorCode.Local_Resolve =>
                new LogException(LogError.Unreachable, $"{doing}: the brokers do not answer ({reason})"),
            ErrorCode.Local_InvalidArg or ErrorCode.InvalidConfig => new LogException(LogError.Configuration, $"{doing}: {reason}"),
            _ => new LogException(LogError.Fatal, $"{doing} failed: {reason} ({error.Code})"),
        };
    }

    public static LogException Translate(KafkaException failure, string doing) => new(Translate(failure.Error, doing).Error, Translate(failure.Error, doing).Message, failure);

    private static string OneLine(string text) => text.ReplaceLineEndings(" ").Trim();
}
