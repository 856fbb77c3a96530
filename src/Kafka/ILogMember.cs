namespace IcmpStream.Kafka;

/// <summary>
/// A member of a consumer group that reads, and writes what comes of it: the log's side of consume, process, produce.
/// </summary>
/// <remarks>
/// <para>
/// One owner thread calls everything. <see cref="Poll"/> returns one thing at a time, in the order in which they happened: a change of
/// the assignment, or a batch of records of one partition. A change takes effect with the <em>next</em> poll: until then revoked
/// partitions are still this member's, so their work can be committed, and assigned ones can be given a start with <see cref="Seek"/>
/// before their first record is fetched (else they start at the committed offset, or the beginning). No other member
/// is assigned a partition before its former owner has polled again, left, or been expelled.
/// </para>
/// <para>
/// Work goes <c>Begin</c>, <c>Append</c>..., <c>Commit</c> or <c>Abort</c>. With <see cref="Guarantee.ExactlyOnce"/> outputs and offsets become
/// visible together or not at all. With <see cref="Guarantee.AtLeastOnce"/> outputs are visible as soon as they are written; a commit
/// first waits for their acknowledgement and then stores the offsets, so that a crash repeats outputs and loses none.
/// </para>
/// <para>Disposal aborts what is open and leaves the group at once, or, with a static instance id, keeps its place in it.</para>
/// </remarks>
public interface ILogMember : IDisposable
{
    /// <summary>What the member was asked to guarantee.</summary>
    Guarantee Guarantee { get; }

    /// <summary>The partitions that are this member's, in order. An assignment counts once it has taken effect.</summary>
    IReadOnlyList<LogPartition> Assignment { get; }

    /// <summary>
    /// Waits at most <paramref name="timeout"/> for something to happen and returns it. With zero it never waits.
    /// </summary>
    /// <exception cref="OperationCanceledException">Cancelled while it waited.</exception>
    /// <remarks>
    /// Records that retention has deleted are passed over. The sequence numbers that records of this project carry show such a gap.
    /// </remarks>
    /// <exception cref="LogException">The member has failed for good.</exception>
    MemberPoll Poll(TimeSpan timeout, CancellationToken cancellationToken);

    /// <summary>The next record read from the partition is the one at <paramref name="offset"/> or the first behind it.</summary>
    /// <exception cref="InvalidOperationException">The partition is not assigned to this member.</exception>
    void Seek(LogPartition partition, long offset);

    /// <summary>Stops reading partitions without giving them up.</summary>
    /// <exception cref="InvalidOperationException">A partition is not assigned to this member.</exception>
    void Pause(IReadOnlyList<LogPartition> partitions);

    /// <summary>Goes on reading where pausing stopped.</summary>
    /// <exception cref="InvalidOperationException">A partition is not assigned to this member.</exception>
    void Resume(IReadOnlyList<LogPartition> partitions);

    /// <summary>
    /// Offset of the next record that <see cref="Poll"/> can return of a partition; <see cref="LogPosition.Unset"/> before it is known. At
    /// the end of a partition it passes what is never returned: aborted records and transactions' marks. So it
    /// reaches the end offset.
    /// </summary>
    long Position(LogPartition partition);

    /// <summary>What the group has committed, in the order asked.</summary>
    /// <exception cref="LogException">No answer in time.</exception>
    IReadOnlyList<LogPosition> Committed(IReadOnlyList<LogPartition> partitions, TimeSpan timeout);

    /// <summary>Ends of partitions as this member may read them, in the order asked. See <see cref="ILog.EndOffsets"/>.</summary>
    /// <exception cref="LogException">No answer in time.</exception>
    IReadOnlyList<LogPosition> EndOffsets(IReadOnlyList<LogPartition> partitions, TimeSpan timeout);

    /// <summary>How many partitions a topic has, for the partitioner of the outputs.</summary>
    /// <exception cref="LogException">The topic is missing.</exception>
    int PartitionCount(string topic);

    /// <summary>Starts a unit of work.</summary>
    /// <exception cref="InvalidOperationException">One is open already.</exception>
    /// <exception cref="LogException">The producer has failed for good.</exception>
    void Begin();

    /// <summary>Writes outputs within the unit of work, waiting for room. The batch is the caller's again when this returns.</summary>
    /// <exception cref="InvalidOperationException">No unit of work is open.</exception>
    /// <exception cref="OperationCanceledException">Cancelled while it waited: abort.</exception>
    /// <exception cref="LogException">The producer has failed for good, or has been fenced.</exception>
    void Append(OutgoingBatch batch, CancellationToken cancellationToken);

    /// <summary>
    /// Ends the unit of work: its outputs and the positions consumed up to. The outcome is a value, because two of the three are part of
    /// normal life.
    /// </summary>
    /// <remarks>
    /// A marker, such as the manifest of a checkpoint, is an output like any other: a record of a compacted topic, appended last. Offset
    /// metadata could carry one too, but no client library that this project falls back to can write it.
    /// </remarks>
    /// <exception cref="InvalidOperationException">No unit of work is open.</exception>
    /// <exception cref="LogException">
    /// The log did not answer within <paramref name="timeout"/>, so that the outcome is unknown; an output can never be written (too large, no
    /// such partition), so that trying again is pointless; or the producer has failed for good.
    /// </exception>
    CommitOutcome Commit(IReadOnlyList<LogPosition> consumed, TimeSpan timeout);

    /// <summary>The counts of the outputs so far.</summary>
    AppendBooks OutputBooks { get; }

    /// <summary>Ends the unit of work and takes its outputs back where the guarantee allows it.</summary>
    /// <exception cref="InvalidOperationException">No unit of work is open.</exception>
    /// <exception cref="LogException">The log did not answer within <paramref name="timeout"/>, or the producer has failed for good.</exception>
    void Abort(TimeSpan timeout);
}
