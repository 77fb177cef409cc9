#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "gate_calls.h"

enum {
	SUMS = 4, /* sums of a kind; a further status reports them at once */
	/* At this number, sums are reported before their time. */
	UNTOLD_MAX = ENC_CALLS_UNRECORDED_MAX / 2,
};

static const struct enc_text more = { "(more)", 6 };

struct sum {
	uint16_t status;
	uint64_t count;
	uint64_t bytes;
};

struct enc_call_kind {
	bool used;
	enum enc_call_reason reason;
	uint64_t hash;
	/* The texts are one block of memory, which begins with the binding. */
	struct enc_call_what what;
	uint64_t report;  /* number of the first report */
	uint64_t running; /* calls that have begun and aren't over */
	int64_t told_ms;
	size_t sum_count;
	struct sum sums[SUMS];
};

struct enc_calls {
	enc_calls_tell_fn *tell;
	void *context;
	size_t named; /* kinds of granted calls that were reported by name */
	uint64_t running;
	uint64_t untold; /* granted calls that are over and not reported yet */
	uint64_t unrecorded; /* granted calls in the reports up to `last` */
	uint64_t last;
	uint64_t recorded;
	/* The last kinds are "(more)", one for each reason. */
	struct enc_call_kind kinds[ENC_CALLS_KINDS_MAX + ENC_CALL_REASON_MAX];
};

struct enc_calls *enc_calls_new(enc_calls_tell_fn *tell, void *context)
{
	struct enc_calls *calls = enc_xalloc(sizeof(*calls));

	calls->tell = tell;
	calls->context = context;
	for (int i = 0; i < ENC_CALL_REASON_MAX; i++) {
		struct enc_call_kind *kind =
			&calls->kinds[ENC_CALLS_KINDS_MAX + i];

		kind->used = true;
		kind->reason = (enum enc_call_reason)i;
		kind->what = (struct enc_call_what){ more, { "", 0 }, more };
		kind->told_ms = -ENC_CALLS_PAUSE_MS;
	}
	return calls;
}

/* forget() - free the place of a kind */
static void forget(struct enc_call_kind *kind)
{
	free((void *)(uintptr_t)kind->what.binding.bytes);
	*kind = (struct enc_call_kind){ 0 };
}

void enc_calls_free(struct enc_calls *calls)
{
	if (calls == NULL) {
		return;
	}
	for (size_t i = 0; i < ENC_CALLS_KINDS_MAX; i++) {
		forget(&calls->kinds[i]);
	}
	free(calls);
}

/* ---- kinds ---- */

/* add_hash() - FNV-1a; with the length, so that "ab", "c" isn't "a", "bc" */
static uint64_t add_hash(uint64_t hash, struct enc_text text)
{
	hash = (hash ^ text.length) * UINT64_C(1099511628211);
	for (size_t i = 0; i < text.length; i++) {
		hash = (hash ^ (unsigned char)text.bytes[i]) *
		       UINT64_C(1099511628211);
	}
	return hash;
}

static uint64_t hash_of(const struct enc_call_what *what,
			enum enc_call_reason reason)
{
	uint64_t hash = UINT64_C(14695981039346656037) ^ (uint64_t)reason;

	hash = add_hash(hash, what->binding);
	hash = add_hash(hash, what->method);
	return add_hash(hash, what->path);
}

static bool is_same_text(struct enc_text a, struct enc_text b)
{
	return a.length == b.length && memcmp(a.bytes, b.bytes, a.length) == 0;
}

static bool is_same(const struct enc_call_kind *kind,
		    const struct enc_call_what *what,
		    enum enc_call_reason reason)
{
	return kind->reason == reason &&
	       is_same_text(kind->what.binding, what->binding) &&
	       is_same_text(kind->what.method, what->method) &&
	       is_same_text(kind->what.path, what->path);
}

/* copy() - copy a text to @at. Return: the copy */
static struct enc_text copy(char **at, struct enc_text text)
{
	struct enc_text made = { *at, text.length };

	memcpy(*at, text.bytes, text.length);
	*at += text.length;
	return made;
}

static void fill(struct enc_call_kind *kind, const struct enc_call_what *what,
		 enum enc_call_reason reason, uint64_t hash)
{
	/* At least one byte: the binding's text is freed. */
	char *at = enc_xalloc(what->binding.length + what->method.length +
			      what->path.length + 1);

	*kind = (struct enc_call_kind){ .used = true,
					.reason = reason,
					.hash = hash };
	kind->what.binding = copy(&at, what->binding);
	kind->what.method = copy(&at, what->method);
	kind->what.path = copy(&at, what->path);
}

/* may_go() - whether another kind may take this one's place */
static bool may_go(const struct enc_call_kind *kind, int64_t now_ms)
{
	return !kind->used || (kind->running == 0 && kind->sum_count == 0 &&
			       kind->told_ms + ENC_CALLS_PAUSE_MS <= now_ms);
}

static struct enc_text cut(struct enc_text text, size_t max)
{
	return (struct enc_text){ text.bytes, ENC_MIN(text.length, max) };
}

/* look_up() - find a kind that there is; NULL: there is none */
static struct enc_call_kind *look_up(struct enc_calls *calls,
				     const struct enc_call_what *what,
				     enum enc_call_reason reason, uint64_t hash)
{
	for (size_t i = 0; i < ENC_CALLS_KINDS_MAX; i++) {
		struct enc_call_kind *kind = &calls->kinds[i];

		if (kind->used && kind->hash == hash &&
		    is_same(kind, what, reason)) {
			return kind;
		}
	}
	return NULL;
}

/* make_kind() - make a kind without a report; NULL if there is no room */
static struct enc_call_kind *make_kind(struct enc_calls *calls,
				       const struct enc_call_what *what,
				       enum enc_call_reason reason,
				       int64_t now_ms)
{
	struct enc_call_kind *room = NULL;

	for (size_t i = 0; i < ENC_CALLS_KINDS_MAX; i++) {
		struct enc_call_kind *kind = &calls->kinds[i];

		if (may_go(kind, now_ms) &&
		    (room == NULL ||
		     (room->used &&
		      (!kind->used || kind->told_ms < room->told_ms)))) {
			room = kind; /* unused, or reported longest ago */
		}
	}
	if (room != NULL) {
		forget(room);
		fill(room, what, reason, hash_of(what, reason));
	}
	return room;
}

/*
 * find_kind() - find a kind, or make one without a report; NULL if there is no
 * room
 */
static struct enc_call_kind *find_kind(struct enc_calls *calls,
				       const struct enc_call_what *called,
				       enum enc_call_reason reason,
				       int64_t now_ms)
{
	struct enc_call_what what = {
		cut(called->binding, ENC_MESSAGE_HOST_MAX_BYTES),
		cut(called->method, ENC_MESSAGE_METHOD_MAX_BYTES),
		cut(called->path, ENC_MESSAGE_TARGET_MAX_BYTES),
	};
	struct enc_call_kind *kind =
		look_up(calls, &what, reason, hash_of(&what, reason));

	if (kind == NULL && reason == ENC_CALL_GRANTED &&
	    calls->named == ENC_CALLS_NAMED_MAX) {
		what.method = more;
		what.path = more;
		kind = look_up(calls, &what, reason, hash_of(&what, reason));
	}
	return kind != NULL ? kind : make_kind(calls, &what, reason, now_ms);
}

/* ---- reports ---- */

static uint64_t send_one(struct enc_calls *calls, struct enc_call_kind *kind,
			 const struct sum *sum)
{
	const struct enc_message_call message = {
		.reason = kind->reason,
		.status = sum->status,
		.count = sum->count,
		.bytes = sum->bytes,
		.binding = kind->what.binding,
		.method = kind->what.method,
		.path = kind->what.path,
	};

	return calls->tell(calls->context, &message);
}

static void tell_kind(struct enc_calls *calls, struct enc_call_kind *kind,
		      int64_t now_ms)
{
	for (size_t i = 0; i < kind->sum_count; i++) {
		const struct sum *sum = &kind->sums[i];
		uint64_t report = send_one(calls, kind, sum);

		if (kind->reason == ENC_CALL_GRANTED) {
			calls->untold -= sum->count;
			calls->unrecorded += sum->count;
			calls->last = report;
		}
	}
	kind->sum_count = 0;
	kind->told_ms = now_ms;
}

static void tell_all(struct enc_calls *calls, int64_t now_ms)
{
	for (size_t i = 0; i < ENC_COUNT(calls->kinds); i++) {
		if (calls->kinds[i].sum_count > 0) {
			tell_kind(calls, &calls->kinds[i], now_ms);
		}
	}
}

/* add() - add calls that are over to the sum of their status */
static void add(struct enc_calls *calls, struct enc_call_kind *kind,
		const struct sum *over, int64_t now_ms)
{
	size_t at = 0;

	while (at < kind->sum_count && kind->sums[at].status != over->status) {
		at++;
	}
	if (at == SUMS) {
		tell_kind(calls, kind, now_ms);
		at = 0;
	}
	if (at == kind->sum_count) {
		kind->sums[kind->sum_count++] =
			(struct sum){ .status = over->status };
	}
	kind->sums[at].count += over->count;
	kind->sums[at].bytes += over->bytes;
}

int enc_calls_begin(struct enc_calls *calls, const struct enc_call_what *what,
		    int64_t now_ms, struct enc_call_kind **ret_kind,
		    uint64_t *ret_report)
{
	static const struct sum none;
	struct enc_call_kind *kind =
		find_kind(calls, what, ENC_CALL_GRANTED, now_ms);

	if (kind == NULL) {
		return -EAGAIN;
	}
	if (kind->report == 0) {
		kind->report = send_one(calls, kind, &none);
		kind->told_ms = now_ms;
		calls->named += calls->named < ENC_CALLS_NAMED_MAX ? 1 : 0;
	}
	*ret_report = kind->report;
	if (calls->running + calls->untold + calls->unrecorded >=
	    ENC_CALLS_UNRECORDED_MAX) {
		tell_all(calls, now_ms);
		*ret_report = ENC_MAX(*ret_report, calls->last);
	}
	if (*ret_report <= calls->recorded) {
		*ret_report = 0;
	}
	kind->running++;
	calls->running++;
	*ret_kind = kind;
	return 0;
}

void enc_calls_drop(struct enc_calls *calls, struct enc_call_kind *kind)
{
	ENC_ASSERT(kind->running > 0 && calls->running > 0);
	kind->running--;
	calls->running--;
}

void enc_calls_end(struct enc_calls *calls, struct enc_call_kind *kind,
		   uint16_t status, uint64_t bytes, int64_t now_ms)
{
	const struct sum over = { status, 1, bytes };

	enc_calls_drop(calls, kind);
	calls->untold++;
	add(calls, kind, &over, now_ms);
	if (calls->untold >= UNTOLD_MAX) {
		tell_all(calls, now_ms);
	}
}

void enc_calls_refuse(struct enc_calls *calls, const struct enc_call_what *what,
		      enum enc_call_reason reason, int64_t now_ms)
{
	static const struct sum one = { .count = 1 };
	struct enc_call_kind *kind = find_kind(calls, what, reason, now_ms);
	bool fresh = kind != NULL && kind->report == 0;

	ENC_ASSERT(reason != ENC_CALL_GRANTED);
	if (kind == NULL) {
		kind = &calls->kinds[ENC_CALLS_KINDS_MAX + reason];
	}
	if (fresh) {
		kind->report = send_one(calls, kind, &one);
		kind->told_ms = now_ms;
	} else {
		add(calls, kind, &one, now_ms);
	}
}

void enc_calls_recorded(struct enc_calls *calls, uint64_t reports)
{
	calls->recorded = ENC_MAX(calls->recorded, reports);
	if (calls->last <= calls->recorded) {
		calls->unrecorded = 0;
	}
}

int64_t enc_calls_flush(struct enc_calls *calls, int64_t now_ms)
{
	int64_t next_ms = -1;

	for (size_t i = 0; i < ENC_COUNT(calls->kinds); i++) {
		struct enc_call_kind *kind = &calls->kinds[i];
		int64_t due_ms = kind->told_ms + ENC_CALLS_PAUSE_MS;

		if (kind->sum_count == 0) {
			continue;
		}
		if (due_ms <= now_ms) {
			tell_kind(calls, kind, now_ms);
		} else if (next_ms < 0 || due_ms < next_ms) {
			next_ms = due_ms;
		}
	}
	return next_ms;
}

void enc_calls_finish(struct enc_calls *calls)
{
	for (size_t i = 0; i < ENC_COUNT(calls->kinds); i++) {
		struct enc_call_kind *kind = &calls->kinds[i];
		const struct sum cut_off = { .count = kind->running };

		if (kind->running > 0) {
			calls->untold += kind->running;
			calls->running -= kind->running;
			kind->running = 0;
			add(calls, kind, &cut_off, 0);
		}
	}
	tell_all(calls, 0);
}
