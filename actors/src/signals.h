/* signals.h - relations and the signals that are no messages: what relation.c and
 * signal.c offer. internal.h includes it behind the types it speaks of.
 */
#ifndef ACTORS_SIGNALS_H
#define ACTORS_SIGNALS_H

/* --- relation.c */
struct control *relation_find(const struct relations *relations, enum relation relation,
                              uint64_t key);
void relation_add(struct scheduler *scheduler, struct relations *relations,
                  struct control *record, enum relation relation, uint64_t key,
                  actor_pid other);
void relation_remove(struct relations *relations, struct control *record);
/* Removes and frees one, if it is there. */
void relation_end(struct scheduler *scheduler, struct relations *relations,
                  enum relation relation, uint64_t key);
/* Takes out any record, or returns NULL and frees the table. *emptied: how many buckets
 * earlier calls have left behind, 0 at first; nothing is added in between. */
struct control *relation_shift(struct scheduler *scheduler, struct relations *relations,
                               uint32_t *emptied);
void relation_visit(const struct relations *relations,
                    void (*visit)(void *context, const struct control *record),
                    void *context);

/* --- signal.c */
enum verdict { VERDICT_DONE, VERDICT_DELIVER, VERDICT_END };
struct control *control_new(struct scheduler *scheduler);
/* One that brings the memory of its answer along. */
struct control *question_new(struct scheduler *scheduler);
void control_free(struct scheduler *scheduler, struct control *control);
/* Sends a control; `control->signal.wait`, reason and answer are the caller's. */
void control_send(struct scheduler *scheduler, struct control *control,
                  enum signal_kind kind, actor_pid from, actor_pid to);
/* What a control does to the process it was sent to. */
enum verdict control_handle(struct scheduler *scheduler, struct process *process,
                            struct control *control);
/* Answers a control whose process is gone. */
void control_refuse(struct scheduler *scheduler, struct control *control);
/* Tells all that are linked to or monitor a process which has ended. */
void relations_tell(struct scheduler *scheduler, struct relations *relations,
                    actor_pid dead, const struct blob *reason);

#endif
