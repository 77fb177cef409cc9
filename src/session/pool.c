#include <stdio.h>
#include <string.h>

#include "clock.h"
#include "list.h"
#include "log.h"
#include "pool.h"
#include "probe.h"

enum {
	LINE_BYTES = 256,
	/* Pause after a refused sandbox, or while memory is short. */
	AGAIN_MS = 1000,
	KIB = 1024,
};

struct shelf {
	struct enc_list link;
	struct enc_sandbox_spec spec; /* spec of each sandbox on this shelf */
	struct enc_list waiting;      /* struct entry; the oldest is first */
	size_t waiting_count;
	unsigned int failures; /* failures since the last sandbox was taken */
	int64_t opens_ms;      /* the shelf is closed before this time */
	uint64_t taken;
	uint64_t missed;
};

struct entry {
	/* Link in shelf->waiting while the sandbox waits. */
	struct enc_list link;
	struct enc_pool *pool;
	struct shelf *shelf;
	struct enc_sink sink;
	/* The pooled sandbox; NULL once its removal began. */
	struct enc_sandbox *sandbox;
	struct enc_sandbox_facts facts;
};

struct enc_pool {
	struct enc_pool_options options;
	struct enc_list shelves;
	uv_timer_t timer;
	struct entry *filling; /* the sandbox that is being made, or NULL */
	size_t entries;	       /* count of sandboxes in any state */
	int64_t last_ms; /* time at which a sandbox was last taken or begun */
	bool draining;
	void (*drained)(void *context);
	void *context;
};

static bool is_closed(const struct shelf *shelf)
{
	return enc_clock_mono_ms() < shelf->opens_ms;
}

/*
 * note_failure() - count a failure. Return: for how many milliseconds the shelf
 * is closed now, or 0
 */
static int64_t note_failure(struct shelf *shelf)
{
	int64_t closed_ms = ENC_POOL_CLOSED_MS;

	shelf->failures++;
	if (shelf->failures < ENC_POOL_FAILURES_MAX) {
		return 0;
	}
	for (unsigned int i = ENC_POOL_FAILURES_MAX;
	     i < shelf->failures && closed_ms < ENC_POOL_CLOSED_MAX_MS; i++) {
		closed_ms *= 2;
	}
	closed_ms = ENC_MIN(closed_ms, (int64_t)ENC_POOL_CLOSED_MAX_MS);
	shelf->opens_ms = enc_clock_mono_ms() + closed_ms;
	return closed_ms;
}

static const char *environment_of(const struct enc_pool *pool,
				  const struct shelf *shelf)
{
	return enc_backend_facts_of(pool->options.backend)
		->environments[shelf->spec.environment]
		.name;
}

/* ---- shelves ---- */

/* find() - find the shelf for sandboxes like @like; make it if there is none */
static struct shelf *find(struct enc_pool *pool,
			  const struct enc_sandbox_spec *like)
{
	struct shelf *shelf;

	ENC_LIST_EACH(pool->shelves, at)
	{
		shelf = ENC_HOLDER(at, struct shelf, link);
		if (shelf->spec.environment == like->environment &&
		    shelf->spec.language == like->language &&
		    shelf->spec.place == like->place) {
			return shelf;
		}
	}
	shelf = enc_xalloc(sizeof(*shelf));
	shelf->spec = (struct enc_sandbox_spec){
		.name = "the pool",
		.environment = like->environment,
		.language = like->language,
		.place = like->place,
		.limits = enc_limits_usual(),
	};
	enc_list_init(&shelf->waiting);
	enc_list_append(&pool->shelves, &shelf->link);
	return shelf;
}

/*
 * find_hungry() - of the open shelves that aren't full, return the one with the
 * fewest sandboxes, or NULL
 */
static struct shelf *find_hungry(const struct enc_pool *pool)
{
	struct shelf *found = NULL;

	ENC_LIST_EACH(pool->shelves, at)
	{
		struct shelf *shelf = ENC_HOLDER(at, struct shelf, link);

		if (!is_closed(shelf) &&
		    shelf->waiting_count < pool->options.size &&
		    (found == NULL ||
		     shelf->waiting_count < found->waiting_count)) {
			found = shelf;
		}
	}
	return found;
}

/*
 * next_opening() - milliseconds until the next closed shelf opens; -1 if none
 * is closed
 */
static int64_t next_opening(const struct enc_pool *pool)
{
	int64_t now_ms = enc_clock_mono_ms();
	int64_t next_ms = -1;

	ENC_LIST_EACH(pool->shelves, at)
	{
		const struct shelf *shelf = ENC_HOLDER(at, struct shelf, link);
		int64_t left_ms = shelf->opens_ms - now_ms;

		if (left_ms > 0 && (next_ms < 0 || left_ms < next_ms)) {
			next_ms = left_ms;
		}
	}
	return next_ms;
}

/* ---- memory ---- */

/* read_available() - read the kernel's MemAvailable; 0 if it can't be read */
static uint64_t read_available(void)
{
	FILE *file = fopen("/proc/meminfo", "re");
	static const char name[] = "MemAvailable:";
	char line[LINE_BYTES];
	uint64_t kib = 0;

	while (file != NULL && fgets(line, sizeof(line), file) != NULL) {
		if (strncmp(line, name, strlen(name)) == 0) {
			kib = strtoull(line + strlen(name), NULL, 10);
		}
	}
	if (file != NULL) {
		(void)fclose(file); /* only read: errors do not matter */
	}
	return kib * KIB;
}

/* cost_of() - memory in bytes of one waiting sandbox of this shelf */
static uint64_t cost_of(const struct shelf *shelf)
{
	return enc_language_info(shelf->spec.language)->idle_bytes +
	       shelf->spec.place->idle_bytes;
}

/*
 * has_memory() - whether there is memory for one more sandbox on @shelf, and
 * still enough for new sessions
 */
static bool has_memory(const struct enc_pool *pool, const struct shelf *shelf)
{
	uint64_t machine =
		enc_backend_facts_of(pool->options.backend)->memory_bytes;
	uint64_t taken = cost_of(shelf);

	if (machine == 0) {
		return true; /* this backend needs no memory of the machine */
	}
	ENC_LIST_EACH(pool->shelves, at)
	{
		const struct shelf *other = ENC_HOLDER(at, struct shelf, link);

		taken += other->waiting_count * cost_of(other);
	}
	return taken <= machine / ENC_POOL_MEMORY_SHARE &&
	       pool->options.memory_available() >=
		       machine / ENC_POOL_MEMORY_FREE;
}

/* ---- filling ---- */

static void on_timer(uv_timer_t *timer)
{
	enc_pool_look(ENC_HOLDER(timer, struct enc_pool, timer));
}

static void look_in(struct enc_pool *pool, int64_t wait_ms)
{
	ENC_MUST(uv_timer_start(&pool->timer, on_timer, (uint64_t)wait_ms, 0));
}

static void log_failure(const struct enc_pool *pool, struct shelf *shelf,
			const char *why)
{
	int64_t closed_ms = note_failure(shelf);
	char pause[LINE_BYTES] = "";

	if (closed_ms > 0) {
		(void)snprintf(pause, sizeof(pause),
			       "; that is number %u in a row, the next one is "
			       "made in %lld s",
			       shelf->failures,
			       (long long)closed_ms / ENC_POOL_CLOSED_MS);
	}
	enc_log(closed_ms > 0 ? ENC_LOG_ERROR : ENC_LOG_WARNING, NULL,
		"pool %s/%s: a sandbox was discarded: %s%s",
		environment_of(pool, shelf),
		enc_language_name(shelf->spec.language), why, pause);
}

/*
 * discard() - destroy a sandbox of the pool; GONE follows
 * @why: logged as a failure of the shelf; NULL: it is none
 */
static void discard(struct entry *entry, const char *why)
{
	struct enc_pool *pool = entry->pool;
	struct shelf *shelf = entry->shelf;

	if (!enc_list_empty(&entry->link)) {
		enc_list_remove(&entry->link);
		shelf->waiting_count--;
	}
	if (pool->filling == entry) {
		pool->filling = NULL;
	}
	if (why != NULL && !pool->draining) {
		log_failure(pool, shelf, why);
	}
	enc_sandbox_destroy(ENC_TAKE(entry->sandbox));
}

static void on_ready(struct entry *entry, const struct enc_sandbox_facts *facts)
{
	uint64_t missed = facts->self_check.missed;
	unsigned int first = (unsigned int)__builtin_ctzll(missed | 1ULL << 63);
	char why[LINE_BYTES];

	if (missed != 0) {
		(void)snprintf(why, sizeof(why), "its self-check could %s",
			       first < ENC_PROBE_MAX
				       ? enc_probe_name((enum enc_probe)first)
				       : "do something unknown");
		discard(entry, why);
		return;
	}
	entry->facts = *facts;
	entry->pool->filling = NULL;
	enc_list_append(&entry->shelf->waiting, &entry->link);
	entry->shelf->waiting_count++;
	enc_log(ENC_LOG_DEBUG, NULL, "pool %s/%s: %zu wait",
		environment_of(entry->pool, entry->shelf),
		enc_language_name(entry->shelf->spec.language),
		entry->shelf->waiting_count);
	enc_pool_look(entry->pool);
}

static void on_gone(struct entry *entry)
{
	struct enc_pool *pool = entry->pool;

	free(entry);
	pool->entries--;
	if (pool->draining && pool->entries == 0 && pool->drained != NULL) {
		ENC_TAKE(pool->drained)(pool->context);
		return;
	}
	enc_pool_look(pool);
}

static void hear(struct enc_sink *sink, const struct enc_report *report)
{
	struct entry *entry = ENC_HOLDER(sink, struct entry, sink);

	if (report->kind == ENC_REPORT_GONE) {
		on_gone(entry);
	} else if (entry->sandbox == NULL) {
		return; /* the sandbox is being destroyed already */
	} else if (report->kind == ENC_REPORT_READY) {
		on_ready(entry, &report->ready);
	} else if (report->kind == ENC_REPORT_ENDED) {
		discard(entry, report->ended.failure.code == ENC_OK
				       ? "it ended"
				       : report->ended.failure.message);
	}
}

static void fill(struct enc_pool *pool, struct shelf *shelf)
{
	struct entry *entry = enc_xalloc(sizeof(*entry));
	struct enc_error err = { 0 };

	entry->pool = pool;
	entry->shelf = shelf;
	entry->sink.hear = hear;
	enc_list_init(&entry->link);
	pool->last_ms = enc_clock_mono_ms();
	if (enc_sandbox_prepare(&shelf->spec, &entry->sink, &entry->sandbox,
				&err) != ENC_OK) {
		enc_log(ENC_LOG_DEBUG, NULL, "pool: %s", err.message);
		free(entry);
		look_in(pool, AGAIN_MS);
		return;
	}
	pool->filling = entry;
	pool->entries++;
}

void enc_pool_look(struct enc_pool *pool)
{
	struct shelf *shelf = find_hungry(pool);
	int64_t since_ms = enc_clock_mono_ms() - pool->last_ms;
	int64_t opening_ms = next_opening(pool);
	enum enc_pool_leave leave;

	if (pool->draining || pool->filling != NULL ||
	    !enc_backend_healthy(pool->options.backend)) {
		return;
	}
	if (shelf == NULL) {
		if (opening_ms > 0) {
			look_in(pool, opening_ms);
		}
		return;
	}
	leave = pool->options.may_fill(pool->options.context);
	if (leave == ENC_POOL_NOT_NOW) {
		return;
	}
	if (leave == ENC_POOL_SLOWLY && since_ms < ENC_POOL_PAUSE_MS) {
		look_in(pool, ENC_POOL_PAUSE_MS - since_ms);
	} else if (!has_memory(pool, shelf)) {
		look_in(pool, AGAIN_MS);
	} else {
		fill(pool, shelf);
	}
}

/* ---- taking ---- */

/*
 * may_claim() - whether the wanted limits have the usual value wherever neither
 * place nor interpreter can change a limit later
 */
static bool may_claim(const struct enc_sandbox_spec *spec)
{
	const struct enc_limits usual = enc_limits_usual();

	return enc_limits_agree(
		&usual, &spec->limits,
		spec->place->fixed |
			enc_language_info(spec->language)->starts_with);
}

bool enc_pool_take(struct enc_pool *pool, const struct enc_sandbox_spec *spec,
		   struct enc_sink *sink, struct enc_sandbox **ret_sandbox,
		   struct enc_sandbox_facts *ret_facts)
{
	struct enc_error err = { 0 };
	struct shelf *shelf;
	struct entry *entry;

	if (pool->options.size == 0 || pool->draining || !may_claim(spec)) {
		return false;
	}
	shelf = find(pool, spec);
	if (enc_list_empty(&shelf->waiting)) {
		shelf->missed++;
		return false;
	}
	entry = ENC_HOLDER(shelf->waiting.next, struct entry, link);
	if (enc_sandbox_claim(entry->sandbox, &spec->limits, spec->outside,
			      sink, &err) != ENC_OK) {
		discard(entry, err.message);
		return false;
	}
	enc_list_remove(&entry->link);
	shelf->waiting_count--;
	shelf->failures = 0;
	shelf->opens_ms = 0;
	shelf->taken++;
	pool->last_ms = enc_clock_mono_ms();
	pool->entries--;
	*ret_sandbox = ENC_TAKE(entry->sandbox);
	*ret_facts = entry->facts;
	free(entry);
	return true;
}

/* ---- life ---- */

void enc_pool_drain(struct enc_pool *pool, void (*drained)(void *context),
		    void *context)
{
	pool->draining = true;
	(void)uv_timer_stop(&pool->timer);
	ENC_LIST_EACH(pool->shelves, at)
	{
		struct shelf *shelf = ENC_HOLDER(at, struct shelf, link);

		ENC_LIST_EACH(shelf->waiting, one)
		{
			discard(ENC_HOLDER(one, struct entry, link), NULL);
		}
	}
	if (pool->filling != NULL) {
		discard(pool->filling, NULL);
	}
	if (pool->entries == 0) {
		drained(context);
		return;
	}
	pool->drained = drained;
	pool->context = context;
}

bool enc_pool_empty(const struct enc_pool *pool)
{
	return pool->entries == 0;
}

bool enc_pool_shelf(const struct enc_pool *pool, size_t index,
		    struct enc_pool_shelf_state *ret_state)
{
	ENC_LIST_EACH(pool->shelves, at)
	{
		const struct shelf *shelf = ENC_HOLDER(at, struct shelf, link);

		if (index-- == 0) {
			*ret_state = (struct enc_pool_shelf_state){
				.environment = environment_of(pool, shelf),
				.language =
					enc_language_name(shelf->spec.language),
				.backend = shelf->spec.place->name,
				.size = is_closed(shelf) ? 0
							 : pool->options.size,
				.waiting = shelf->waiting_count,
				.taken = shelf->taken,
				.missed = shelf->missed,
			};
			return true;
		}
	}
	return false;
}

struct enc_pool *enc_pool_new(const struct enc_pool_options *options)
{
	struct enc_pool *pool = enc_xalloc(sizeof(*pool));
	const struct enc_backend_facts *facts =
		enc_backend_facts_of(options->backend);

	pool->options = *options;
	pool->options.size = ENC_MIN(options->size, (size_t)ENC_POOL_SIZE_MAX);
	if (options->memory_available == NULL) {
		pool->options.memory_available = read_available;
	}
	enc_list_init(&pool->shelves);
	ENC_MUST(uv_timer_init(options->loop, &pool->timer));
	for (size_t i = 0; options->size > 0 && i < facts->environment_count;
	     i++) {
		if (strcmp(facts->environments[i].name, "default") == 0) {
			const struct enc_sandbox_spec python = {
				.environment = (uint32_t)i,
				.language = ENC_LANGUAGE_PYTHON,
				.place = enc_places_usual(&facts->places),
			};

			/* find() makes the shelf if it is missing. */
			ENC_IGNORE(find(pool, &python));
			look_in(pool, 0);
		}
	}
	return pool;
}

static void on_closed(uv_handle_t *handle)
{
	struct enc_pool *pool = ENC_HOLDER(handle, struct enc_pool, timer);

	ENC_LIST_EACH(pool->shelves, at)
	{
		enc_list_remove(at);
		free(ENC_HOLDER(at, struct shelf, link));
	}
	free(pool);
}

void enc_pool_free(struct enc_pool *pool)
{
	if (pool != NULL) {
		ENC_ASSERT(pool->entries == 0);
		uv_close((uv_handle_t *)&pool->timer, on_closed);
	}
}
