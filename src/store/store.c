#include "failpoint.h"
#include "store_impl.h"
#include "store_internal.h"

/*
 * Theory of operation
 *
 * Change sets pass through two lists, which one lock guards: `waiting` (from
 * loop to writer) and `done` (from writer to loop). The writer takes all of
 * `waiting` at once as a group, which it writes in one transaction. An async
 * handle wakes the loop for `done`. The handle keeps the loop running only
 * while a change set is unreported. If the disk has no room for a group, the
 * writer tries each change set alone.
 *
 * The writer owns the hash chain of the admin log. It makes a line only when it
 * applies the step, because only the writer knows which lines are kept. Undoing
 * a change set or a group also restores the chain.
 */

struct enc_store {
	struct enc_store_impl *impl;
	const struct enc_store_ops *ops;
	uv_async_t *wake; /* freed by the loop after the store was freed */
	struct enc_list counters;
	/* Count of change sets that are submitted and not yet reported. */
	size_t on_the_way;
	bool reporting;
	bool told_stopped;
	void (*on_stopped)(void *context, const struct enc_error *why);
	void *context;

	uv_thread_t writer;
	uv_mutex_t lock; /* guards the other members of this block */
	uv_cond_t work;
	struct enc_list waiting;
	struct enc_list done;
	bool stop;

	/* The next three members are used only by the writer's thread. */
	struct enc_audit_chain admin;
	/* The failure that stopped the store, or ENC_OK. */
	enum enc_code stopped;
	struct enc_error stopped_err;

	/* Genesis of the admin chain; fixed. */
	char genesis[ENC_STORE_GENESIS_MAX_BYTES + 1];
};

/* move_all() - append all elements of one list to another */
static void move_all(struct enc_list *from, struct enc_list *to)
{
	ENC_LIST_EACH(*from, at)
	{
		enc_list_remove(at);
		enc_list_append(to, at);
	}
}

static struct enc_store_change *change_of(struct enc_list *link)
{
	return ENC_HOLDER(link, struct enc_store_change, link);
}

struct enc_store_impl *enc_store_impl_of(struct enc_store *store)
{
	return store->impl;
}

const char *enc_store_admin_genesis(const struct enc_store *store)
{
	return store->genesis;
}

struct enc_store_counter *enc_store_counter_of(struct enc_store *store,
					       const char *org)
{
	struct enc_store_counter *counter;

	ENC_LIST_EACH(store->counters, at)
	{
		counter = ENC_HOLDER(at, struct enc_store_counter, link);
		if (strcmp(counter->org, org) == 0) {
			return counter;
		}
	}
	counter = enc_xalloc(sizeof(*counter));
	ENC_ASSERT(strlen(org) < sizeof(counter->org));
	memcpy(counter->org, org, strlen(org));
	enc_list_append(&store->counters, &counter->link);
	return counter;
}

/* ---- the writer ---- */

/*
 * make_admin_line() - make the next line of the admin chain from the step's
 * event
 */
static enum enc_code make_admin_line(struct enc_store *store,
				     struct enc_store_step *step,
				     struct enc_error *err)
{
	ENC_AUTO(buf) line = ENC_BUF(ENC_STORE_LINE_MAX_BYTES);
	struct enc_store_line row = { .seq = store->admin.next_seq };
	/*
	 * Appending finishes an event. Use a copy, since a retry needs the
	 * original.
	 */
	struct enc_audit_event event = step->event;
	enum enc_code code;

	event.data = ENC_BUF(ENC_AUDIT_DATA_MAX_BYTES);
	ENC_MUST(enc_buf_append(&event.data, enc_buf_bytes(&step->event.data),
				step->event.data.length));
	code = enc_audit_chain_append(&store->admin, &event, step->wall_ms,
				      &line, err);
	enc_audit_event_done(&event);
	if (code == ENC_OK) {
		row.text = (const char *)enc_buf_bytes(&line);
		row.length = line.length;
		/* Free the line of an earlier try. */
		enc_keep_release(&step->line.memory);
		enc_store_copy_line(&step->line, &row);
	}
	return code;
}

/* apply_steps() - apply steps until one fails */
static enum enc_code apply_steps(struct enc_store *store,
				 struct enc_store_change *change)
{
	for (size_t i = 0; i < change->count; i++) {
		struct enc_store_step *step = &change->steps[i];
		enum enc_code code = ENC_OK;

		if (step->kind == ENC_STORE_APPEND_ADMIN) {
			code = make_admin_line(store, step, &change->err);
		}
		if (code == ENC_OK) {
			code = store->ops->apply(store->impl, step,
						 &change->err);
		}
		if (code != ENC_OK) {
			return code;
		}
	}
	return ENC_OK;
}

/* ends_group() - whether a failure affects the whole group */
static bool ends_group(enum enc_code code)
{
	return code == ENC_STORAGE_FULL || code == ENC_UNAVAILABLE ||
	       code == ENC_INTERNAL;
}

/*
 * apply_change() - apply a change set completely or not at all. A failure of
 * only this change set is stored in it; a failure of the group is returned.
 */
static enum enc_code apply_change(struct enc_store *store,
				  struct enc_store_change *change,
				  struct enc_error *err)
{
	const struct enc_audit_chain before = store->admin;
	enum enc_code code;

	if (change->code != ENC_OK) {
		/*
		 * A step exceeds a limit, so the change set has failed already.
		 */
		return ENC_OK;
	}
	code = store->ops->savepoint(store->impl, err);
	if (code != ENC_OK) {
		return code;
	}
	code = apply_steps(store, change);
	if (ends_group(code)) {
		*err = change->err;
		return code;
	}
	if (code == ENC_OK) {
		return ENC_OK;
	}
	change->code = code;
	store->admin = before;
	return store->ops->undo(store->impl, err);
}

/*
 * apply_group() - apply each change set; returns ENC_OK unless the whole group
 * failed
 */
static enum enc_code apply_group(struct enc_store *store,
				 struct enc_list *group, struct enc_error *err)
{
	enum enc_code code = store->ops->begin(store->impl, err);

	ENC_LIST_EACH(*group, at)
	{
		if (code != ENC_OK) {
			break;
		}
		code = apply_change(store, change_of(at), err);
	}
	return code;
}

/* fail_all() - give every change set of a group the same failure */
static void fail_all(struct enc_list *group, enum enc_code code,
		     const struct enc_error *err)
{
	ENC_LIST_EACH(*group, at)
	{
		change_of(at)->code = code;
		change_of(at)->err = *err;
	}
}

/* any_applied() - whether there is anything to commit */
static bool any_applied(struct enc_list *group)
{
	ENC_LIST_EACH(*group, at)
	{
		if (change_of(at)->code == ENC_OK) {
			return true;
		}
	}
	return false;
}

/*
 * transact() - write a group in one transaction; on failure nothing is written
 */
static enum enc_code transact(struct enc_store *store, struct enc_list *group,
			      struct enc_error *err)
{
	const struct enc_audit_chain before = store->admin;
	enum enc_code code;

	if (store->stopped != ENC_OK) {
		*err = store->stopped_err;
		return store->stopped;
	}
	code = apply_group(store, group, err);
	if (code == ENC_OK && !any_applied(group)) {
		store->ops->rollback(store->impl);
		return ENC_OK;
	}
	if (code == ENC_OK) {
		enc_failpoint(ENC_FAILPOINT_COMMIT_BEFORE);
		code = store->ops->commit(store->impl, err);
	}
	if (code == ENC_OK) {
		enc_failpoint(ENC_FAILPOINT_COMMIT_AFTER);
		return ENC_OK;
	}
	store->ops->rollback(store->impl);
	store->admin = before;
	if (code == ENC_INTERNAL) {
		store->stopped = code;
		store->stopped_err = *err;
		enc_wrap(&store->stopped_err,
			 "the store has stopped, restart to recover");
	}
	return code;
}

/*
 * write_each() - write each change set in its own transaction, so that a change
 * set that is too large fails alone
 */
static void write_each(struct enc_store *store, struct enc_list *group)
{
	struct enc_list rest = ENC_LIST(rest);

	move_all(group, &rest);
	ENC_LIST_EACH(rest, at)
	{
		struct enc_list one = ENC_LIST(one);
		struct enc_error err = { 0 };
		enum enc_code code;

		enc_list_remove(at);
		enc_list_append(&one, at);
		if (change_of(at)->code != ENC_LIMIT) {
			/* Another change set may have caused this failure. */
			change_of(at)->code = ENC_OK;
		}
		code = transact(store, &one, &err);
		if (code != ENC_OK) {
			fail_all(&one, code, &err);
		}
		move_all(&one, group);
	}
}

/*
 * write_group() - write a group in one transaction, or each change set alone if
 * the disk has no room for the group
 */
static void write_group(struct enc_store *store, struct enc_list *group)
{
	struct enc_error err = { 0 };
	enum enc_code code = transact(store, group, &err);

	if (code == ENC_STORAGE_FULL && group->next != group->previous) {
		write_each(store, group);
	} else if (code != ENC_OK) {
		fail_all(group, code, &err);
	}
}

/*
 * take_work() - wait for change sets; false if the store is being freed and
 * none are left
 */
static bool take_work(struct enc_store *store, struct enc_list *ret_group)
{
	uv_mutex_lock(&store->lock);
	while (enc_list_empty(&store->waiting) && !store->stop) {
		uv_cond_wait(&store->work, &store->lock);
	}
	move_all(&store->waiting, ret_group);
	uv_mutex_unlock(&store->lock);
	return !enc_list_empty(ret_group);
}

/*
 * give_back() - hand a written group to the loop; returns whether more change
 * sets are waiting
 */
static bool give_back(struct enc_store *store, struct enc_list *group)
{
	bool more;

	uv_mutex_lock(&store->lock);
	move_all(group, &store->done);
	more = !enc_list_empty(&store->waiting);
	uv_mutex_unlock(&store->lock);
	ENC_MUST(uv_async_send(store->wake));
	return more;
}

static void write_until_stopped(void *context)
{
	struct enc_store *store = context;
	struct enc_list group = ENC_LIST(group);

	while (take_work(store, &group)) {
		write_group(store, &group);
		if (!give_back(store, &group) && store->ops->rest != NULL &&
		    store->stopped == ENC_OK) {
			store->ops->rest(store->impl);
		}
	}
}

/* ---- the loop ---- */

/* report_done() - report the written change sets, in order of submission */
static void report_done(struct enc_store *store)
{
	struct enc_list reports = ENC_LIST(reports);
	struct enc_error why = { 0 };
	bool stopped = false;

	uv_mutex_lock(&store->lock);
	move_all(&store->done, &reports);
	uv_mutex_unlock(&store->lock);
	store->reporting = true;
	ENC_LIST_EACH(reports, at)
	{
		struct enc_store_change *change = change_of(at);

		enc_list_remove(at);
		store->on_the_way--;
		if (change->code == ENC_INTERNAL) {
			stopped = true;
			why = change->err;
		}
		if (change->on_durable != NULL) {
			change->on_durable(change->context, change->code,
					   change->code == ENC_OK
						   ? NULL
						   : &change->err);
		}
		enc_store_change_free(change);
	}
	store->reporting = false;
	if (stopped && !store->told_stopped && store->on_stopped != NULL) {
		store->told_stopped = true;
		store->on_stopped(store->context, &why);
	}
	if (store->on_the_way == 0) {
		uv_unref((uv_handle_t *)store->wake);
	}
}

static void on_wake(uv_async_t *wake)
{
	report_done(wake->data);
}

static void on_closed(uv_handle_t *handle)
{
	free(handle);
}

void enc_store_submit(struct enc_store *store, struct enc_store_change *change,
		      enc_store_durable_fn *on_durable, void *context)
{
	change->on_durable = on_durable;
	change->context = context;
	uv_mutex_lock(&store->lock);
	ENC_ASSERT(!store->stop);
	enc_list_append(&store->waiting, &change->link);
	uv_mutex_unlock(&store->lock);
	/*
	 * Signal without holding the lock, or the writer would wake up and wait
	 * for it.
	 */
	uv_cond_signal(&store->work);
	if (store->on_the_way++ == 0) {
		uv_ref((uv_handle_t *)store->wake);
	}
}

/* resume_admin() - continue the admin chain after the last stored line */
static enum enc_code resume_admin(struct enc_store *store,
				  struct enc_error *err)
{
	ENC_AUTO(buf) genesis = ENC_BUF(ENC_STORE_GENESIS_MAX_BYTES);
	ENC_AUTO(buf) last = ENC_BUF(ENC_STORE_LINE_MAX_BYTES);
	struct enc_buf *from = &genesis;
	enum enc_code code =
		store->ops->read_admin(store->impl, &genesis, &last, err);

	if (code != ENC_OK) {
		return code;
	}
	if (last.length > 0) {
		from = &last;
	}
	memcpy(store->genesis, enc_buf_bytes(&genesis), genesis.length);
	code = enc_audit_chain_resume(&store->admin,
				      (const char *)enc_buf_bytes(from),
				      from->length, err);
	store->admin.admin = true;
	return code;
}

/* start() - make the wake handle and start the writer's thread */
static void start(struct enc_store *store, uv_loop_t *loop)
{
	enc_list_init(&store->counters);
	enc_list_init(&store->waiting);
	enc_list_init(&store->done);
	store->wake = enc_xalloc(sizeof(*store->wake));
	store->wake->data = store;
	ENC_MUST(uv_async_init(loop, store->wake, on_wake));
	uv_unref((uv_handle_t *)store->wake);
	ENC_MUST(uv_mutex_init(&store->lock));
	ENC_MUST(uv_cond_init(&store->work));
	ENC_MUST(uv_thread_create(&store->writer, write_until_stopped, store));
}

enum enc_code enc_store_open(const struct enc_store_ops *ops,
			     const struct enc_store_options *options,
			     struct enc_store **ret_store,
			     struct enc_error *err)
{
	struct enc_store *store = enc_xalloc(sizeof(*store));
	enum enc_code code;

	store->ops = ops;
	store->on_stopped = options->on_stopped;
	store->context = options->context;
	store->impl = enc_xalloc(ops->impl_size);
	store->impl->ops = ops;
	store->impl->options = *options;
	code = ops->open(store->impl, err);
	if (code == ENC_OK) {
		code = resume_admin(store, err);
	}
	if (code != ENC_OK) {
		ops->close(store->impl);
		free(store->impl);
		free(store);
		return code;
	}
	start(store, options->loop);
	*ret_store = store;
	return ENC_OK;
}

void enc_store_flush_and_free(struct enc_store *store)
{
	if (store == NULL) {
		return;
	}
	ENC_ASSERT(!store->reporting);
	uv_mutex_lock(&store->lock);
	store->stop = true;
	uv_cond_signal(&store->work);
	uv_mutex_unlock(&store->lock);
	ENC_MUST(uv_thread_join(&store->writer));
	report_done(store);
	ENC_ASSERT(store->on_the_way == 0);
	uv_close((uv_handle_t *)store->wake, on_closed);
	uv_cond_destroy(&store->work);
	uv_mutex_destroy(&store->lock);
	ENC_LIST_EACH(store->counters, at)
	{
		free(ENC_HOLDER(at, struct enc_store_counter, link));
	}
	store->ops->close(store->impl);
	free(store->impl);
	free(store);
}
