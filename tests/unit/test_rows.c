/* Row types: every kind of column, every flag, and the SQL made of them. */

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "sqlite_rows.h"
#include "tables.h"

/* ---- a row type of each flag and kind ---- */

struct thing {
	struct enc_row base;
	const char *id;
	const char *org;
	const char *label;
	int64_t weight;
	uint64_t serial;
	int64_t ended_ms;
	uint64_t uses;
	int64_t made_ms;
	bool loud;
};

#define THING(member) ENC_COLUMN(struct thing, member)

static const struct enc_row_column columns[] = {
	{ THING(id), .max = 4, .flags = ENC_COLUMN_KEY },
	{ THING(org), .max = 4, .flags = ENC_COLUMN_ORG },
	{ THING(label), .max = 5,
	  .flags = ENC_COLUMN_CHANGES | ENC_COLUMN_FILTER },
	{ THING(weight), .max = 100, .flags = ENC_COLUMN_CHANGES },
	{ THING(serial), .max = INT64_MAX, .flags = ENC_COLUMN_UNIQUE },
	{ THING(ended_ms), .max = INT64_MAX, .flags = ENC_COLUMN_ONCE },
	{ THING(uses), .max = INT64_MAX, .flags = ENC_COLUMN_DERIVED },
	{ THING(made_ms), .max = INT64_MAX, .flags = ENC_COLUMN_ORDER },
	{ THING(loud), .max = 1, .flags = ENC_COLUMN_CHANGES },
};
enum { ID, ORG, LABEL, WEIGHT, SERIAL, ENDED, USES, MADE, LOUD };

static const struct enc_row_type things = {
	.name = "thing",
	.table = "things",
	.size = sizeof(struct thing),
	.columns = columns,
	.column_count = ENC_COUNT(columns),
};

/* thing() - with a value in each member */
static struct thing thing(void)
{
	return (struct thing){
		.base.type = &things,
		.id = "t-1",
		.org = "o-1",
		.label = "red",
		.weight = -7,
		.serial = 3,
		.ended_ms = 40,
		.uses = 5,
		.made_ms = 60,
		.loud = true,
	};
}

/* ---- columns ---- */

static void test_kinds(void **state)
{
	struct thing row = thing();

	(void)state;
	assert_int_equal(columns[ID].kind, ENC_COLUMN_TEXT);
	assert_int_equal(columns[WEIGHT].kind, ENC_COLUMN_SIGNED);
	assert_int_equal(columns[SERIAL].kind, ENC_COLUMN_COUNT);
	assert_int_equal(columns[LOUD].kind, ENC_COLUMN_FLAG);
	assert_string_equal(columns[LABEL].name, "label");
	assert_string_equal(enc_row_text(&row.base, &columns[LABEL]), "red");
	assert_int_equal(enc_row_number(&row.base, &columns[WEIGHT]), -7);
	assert_int_equal(enc_row_number(&row.base, &columns[SERIAL]), 3);
	assert_int_equal(enc_row_number(&row.base, &columns[LOUD]), 1);
	enc_row_set_number(&row.base, &columns[LOUD], 0);
	assert_false(row.loud);
	enc_row_set_text(&row.base, &columns[LABEL], "blue");
	enc_row_set_number(&row.base, &columns[WEIGHT], -8);
	enc_row_set_number(&row.base, &columns[SERIAL], INT64_MAX);
	assert_string_equal(row.label, "blue");
	assert_int_equal(row.weight, -8);
	assert_int_equal(row.serial, INT64_MAX);
	assert_string_equal(enc_row_org(&row.base), "o-1");
	assert_ptr_equal(enc_row_as(&row.base, &things), &row);
}

/* Which columns an operation uses, as letters: their place in the type. */
static const struct {
	enum enc_row_op op;
	const char *takes;
} ops[] = {
	{ ENC_ROW_INSERT, "01234-78" }, /* not ONCE, not DERIVED */
	{ ENC_ROW_UPDATE, "0123-58" },	/* key, organisation, what changes */
	{ ENC_ROW_REMOVE, "01" },	{ ENC_ROW_GET, "01" },
	{ ENC_ROW_LIST, "1" },
};

static void test_flags(void **state)
{
	(void)state;
	assert_int_equal(ENC_COUNT(ops), ENC_ROW_OP_MAX);
	for (size_t i = 0; i < ENC_COUNT(ops); i++) {
		for (size_t j = 0; j < ENC_COUNT(columns); j++) {
			bool takes = strchr(ops[i].takes, '0' + (int)j) != NULL;

			assert_int_equal(enc_row_takes(&columns[j], ops[i].op),
					 takes);
		}
	}
}

/* ---- limits ---- */

static const struct {
	const char *label;
	int64_t weight;
	uint64_t serial;
	const char *message; /* NULL: within the limits */
} limits[] = {
	{ "", 0, 0, NULL },
	{ "green", 100, INT64_MAX, NULL },
	{ "green", INT64_MIN, 1, NULL },
	{ "yellow", 0, 1,
	  "thing: the label has 6 bytes, at most 5 are allowed" },
	{ "red", 101, 1, "thing: the weight is not within 0 to 100" },
	{ "red", 0, (uint64_t)INT64_MAX + 1,
	  "thing: the serial is not within 0 to 9223372036854775807" },
	{ "red", 0, UINT64_MAX,
	  "thing: the serial is not within 0 to 9223372036854775807" },
};

static void test_limits(void **state)
{
	(void)state;
	for (size_t i = 0; i < ENC_COUNT(limits); i++) {
		struct enc_error err = { 0 };
		struct thing row = thing();
		enum enc_code code;

		row.label = limits[i].label;
		row.weight = limits[i].weight;
		row.serial = limits[i].serial;
		code = enc_row_check(&row.base, ENC_ROW_INSERT, &err);
		assert_int_equal(code, limits[i].message == NULL ? ENC_OK
								 : ENC_LIMIT);
		assert_string_equal(err.message, limits[i].message == NULL
							 ? ""
							 : limits[i].message);
	}
}

/* What an operation doesn't use isn't looked at, and may be missing. */
static void test_limits_of_what_is_used(void **state)
{
	struct thing row = thing();

	(void)state;
	row.label = NULL;
	row.weight = 101;
	row.serial = UINT64_MAX;
	assert_int_equal(enc_row_check(&row.base, ENC_ROW_REMOVE, NULL),
			 ENC_OK);
	row.label = "red";
	assert_int_equal(enc_row_check(&row.base, ENC_ROW_UPDATE, NULL),
			 ENC_LIMIT);
	row.weight = 100;
	assert_int_equal(enc_row_check(&row.base, ENC_ROW_UPDATE, NULL),
			 ENC_OK);
	row.id = "t-100";
	assert_int_equal(enc_row_check(&row.base, ENC_ROW_REMOVE, NULL),
			 ENC_LIMIT);
}

/* ---- owned rows ---- */

static void test_copy(void **state)
{
	char label[] = "red";
	struct thing row = thing();
	struct thing copy;

	(void)state;
	row.label = label;
	row.org = NULL; /* stays NULL */
	enc_row_copy(&copy.base, &row.base);
	label[0] = 'R';
	assert_string_equal(copy.label, "red");
	assert_string_equal(copy.id, "t-1");
	assert_null(copy.org);
	assert_int_equal(copy.weight, -7);
	assert_int_equal(copy.serial, 3);
	assert_int_equal(copy.ended_ms, 40);
	assert_int_equal(copy.uses, 5);
	assert_int_equal(copy.made_ms, 60);
	assert_true(copy.loud);
	enc_row_done(&copy.base);
	assert_null(copy.base.type);
	assert_null(copy.id);
	assert_int_equal(copy.made_ms, 0);
	enc_row_done(&copy.base); /* again */
}

/* A row that is to be inserted begins without what comes later. */
static void test_new(void **state)
{
	const struct thing row = thing();
	struct enc_row *inserted = enc_row_new(&row.base, ENC_ROW_INSERT);
	struct enc_row *removed = enc_row_new(&row.base, ENC_ROW_REMOVE);
	const struct thing *all = enc_row_as(inserted, &things);
	const struct thing *some = enc_row_as(removed, &things);

	(void)state;
	assert_string_equal(all->label, "red");
	assert_int_equal(all->serial, 3);
	assert_int_equal(all->ended_ms, 0);
	assert_int_equal(all->uses, 0);
	assert_string_equal(some->id, "t-1");
	assert_string_equal(some->org, "o-1");
	assert_null(some->label);
	assert_int_equal(some->made_ms, 0);
	enc_row_free(inserted);
	enc_row_free(removed);
	enc_row_free(NULL);
}

static void test_update(void **state)
{
	const struct thing change = {
		.base.type = &things,
		.id = "t-1",
		.org = "o-1",
		.label = "blue",
		.weight = 8,
		.serial = 9,
		.ended_ms = 100,
		.uses = 11,
		.made_ms = 12,
	};
	struct thing row = thing();
	struct enc_row *once;
	struct enc_row *twice;
	const struct thing *seen;

	(void)state;
	row.ended_ms = 0;
	once = enc_row_updated(&row.base, &change.base);
	seen = enc_row_as(once, &things);
	assert_string_equal(seen->label, "blue");
	assert_int_equal(seen->weight, 8);
	assert_int_equal(seen->ended_ms, 100);
	assert_int_equal(seen->serial, 3);
	assert_int_equal(seen->uses, 5);
	assert_int_equal(seen->made_ms, 60);
	row.ended_ms = 40;
	twice = enc_row_updated(&row.base, &change.base);
	seen = enc_row_as(twice, &things);
	assert_int_equal(seen->ended_ms, 40);
	assert_false(seen->loud);
	enc_row_free(once);
	enc_row_free(twice);
	/* In place: the texts are those of the change. */
	enc_row_change(&row.base, &change.base);
	assert_ptr_equal(row.label, change.label);
	assert_int_equal(row.weight, 8);
	assert_int_equal(row.ended_ms, 40);
	assert_int_equal(row.serial, 3);
	assert_false(row.loud);
}

/* ---- two rows ---- */

static void test_key_and_unique(void **state)
{
	struct thing a = thing();
	struct thing b = thing();

	(void)state;
	assert_true(enc_row_same_key(&a.base, &b.base));
	assert_true(enc_row_collides(&a.base, &b.base));
	b.id = "t-2";
	assert_false(enc_row_same_key(&a.base, &b.base));
	assert_true(enc_row_collides(&a.base, &b.base)); /* serial */
	b.serial = 4;
	assert_false(enc_row_collides(&a.base, &b.base));
	b.id = "t-1";
	assert_true(enc_row_collides(&a.base, &b.base));
}

/* A key of two columns: both have to be the same. */
static void test_key_of_two(void **state)
{
	struct enc_store_idempotency a = {
		.base.type = &enc_store_idempotencies,
		.org = "o-1",
		.key = "x",
	};
	struct enc_store_idempotency b = a;

	(void)state;
	assert_true(enc_row_collides(&a.base, &b.base));
	b.org = "o-2";
	assert_false(enc_row_collides(&a.base, &b.base));
	b = a;
	b.key = "y";
	assert_false(enc_row_collides(&a.base, &b.base));
}

/* A name may be used once in each organisation. */
static void test_unique_in_org(void **state)
{
	struct enc_store_binding a = {
		.base.type = &enc_store_service_bindings,
		.id = "b-1",
		.org = "o-1",
		.name = "x",
	};
	struct enc_store_binding b = a;

	(void)state;
	b.id = "b-2";
	assert_true(enc_row_collides(&a.base, &b.base));
	b.org = "o-2";
	assert_false(enc_row_collides(&a.base, &b.base));
	b.org = "o-1";
	b.name = "y";
	assert_false(enc_row_collides(&a.base, &b.base));
}

/* Only columns that may be filtered by count, and only those with a value. */
static void test_filter(void **state)
{
	const struct thing row = thing();
	struct thing like = { .id = "t-9", .weight = 99 };

	(void)state;
	assert_true(enc_row_matches(&row.base, &like.base));
	like.label = "red";
	assert_true(enc_row_matches(&row.base, &like.base));
	like.label = "re";
	assert_false(enc_row_matches(&row.base, &like.base));
	like.label = "";
	assert_false(enc_row_matches(&row.base, &like.base));
}

/* A column of its own, because a thing's label is compared whole. */
static void test_prefix(void **state)
{
	static const struct enc_row_column column = {
		THING(label), .max = 5,
		.flags = ENC_COLUMN_FILTER | ENC_COLUMN_PREFIX
	};
	static const struct enc_row_type type = {
		.name = "thing",
		.table = "things",
		.size = sizeof(struct thing),
		.columns = &column,
		.column_count = 1,
	};
	static const struct {
		const char *wanted;
		bool matches;
	} rows[] = {
		{ NULL, true },	 { "", true },	    { "r", true },
		{ "red", true }, { "redd", false }, { "R", false },
		{ "ed", false }, { "%", false },
	};
	struct thing row = thing();
	struct thing like = { 0 };

	(void)state;
	row.base.type = &type;
	for (size_t i = 0; i < ENC_COUNT(rows); i++) {
		like.label = rows[i].wanted;
		assert_int_equal(enc_row_matches(&row.base, &like.base),
				 rows[i].matches);
	}
}

static void test_order(void **state)
{
	struct thing a = thing();
	struct thing b = thing();

	(void)state;
	assert_int_equal(enc_row_order(&a.base, &b.base), 0);
	b.id = "t-2";
	assert_true(enc_row_order(&a.base, &b.base) < 0);
	b.made_ms = 59; /* before the key */
	assert_true(enc_row_order(&a.base, &b.base) > 0);
	b.made_ms = INT64_MIN;
	assert_true(enc_row_order(&a.base, &b.base) > 0);
}

/* ---- SQL ---- */

static const struct {
	const struct enc_row_type *type;
	enum enc_row_op op;
	const char *sql;
} statements[] = {
	{ &things, ENC_ROW_INSERT,
	  "INSERT INTO things(id, org, label, weight, serial, made_ms, loud)"
	  " VALUES(?1, ?2, ?3, ?4, ?5, ?8, ?9)" },
	{ &things, ENC_ROW_UPDATE,
	  "UPDATE things SET label = ?3, weight = ?4,"
	  " ended_ms = iif(ended_ms = 0, ?6, ended_ms), loud = ?9"
	  " WHERE id = ?1 AND org = ?2" },
	{ &things, ENC_ROW_REMOVE,
	  "DELETE FROM things WHERE id = ?1 AND org = ?2" },
	{ &things, ENC_ROW_GET,
	  "SELECT id, org, label, weight, serial, ended_ms, uses, made_ms,"
	  " loud"
	  " FROM things WHERE id = ?1 AND (?2 IS NULL OR org = ?2)" },
	{ &things, ENC_ROW_LIST,
	  "SELECT id, org, label, weight, serial, ended_ms, uses, made_ms,"
	  " loud"
	  " FROM things WHERE org = ?2 ORDER BY made_ms, id" },
	{ &enc_store_orgs, ENC_ROW_LIST,
	  "SELECT id, number, name, created_ms, sessions, stored_bytes FROM orgs"
	  " ORDER BY number, id" },
	{ &enc_store_idempotencies, ENC_ROW_GET,
	  "SELECT org, key, request_sha256, session, created_ms"
	  " FROM idempotency WHERE org = ?1 AND key = ?2" },
	{ &enc_store_idempotencies, ENC_ROW_UPDATE, "" },
};

static void test_sql(void **state)
{
	(void)state;
	for (size_t i = 0; i < ENC_COUNT(statements); i++) {
		ENC_AUTO(buf) sql = ENC_BUF(1024);
		char text[1024];

		enc_sqlite_row_sql(statements[i].type, statements[i].op, &sql);
		(void)snprintf(text, sizeof(text), "%.*s", (int)sql.length,
			       (const char *)enc_buf_bytes(&sql));
		assert_string_equal(text, statements[i].sql);
	}
}

/* ---- the types that there are ---- */

/* count_flag() - how many columns of a type have it */
static size_t count_flag(const struct enc_row_type *type, unsigned int flag)
{
	size_t count = 0;

	for (size_t i = 0; i < type->column_count; i++) {
		count += (type->columns[i].flags & flag) != 0;
	}
	return count;
}

static void check_type(const struct enc_row_type *type)
{
	const unsigned int later = ENC_COLUMN_ONCE | ENC_COLUMN_DERIVED;
	const unsigned int changes = later | ENC_COLUMN_CHANGES;
	const unsigned int text = ENC_COLUMN_ORG | ENC_COLUMN_FILTER;

	assert_true(count_flag(type, ENC_COLUMN_KEY) >= 1);
	assert_true(count_flag(type, ENC_COLUMN_ORG) <= 1);
	for (size_t i = 0; i < type->column_count; i++) {
		const struct enc_row_column *column = &type->columns[i];

		assert_true(column->offset < type->size);
		assert_true(column->kind > ENC_COLUMN_INVALID &&
			    column->kind < ENC_COLUMN_KIND_MAX);
		assert_true(column->max > 0 && column->max <= INT64_MAX);
		/* Only numbers can be 0. A key and its owner are fixed. */
		if ((column->flags & later) != 0) {
			assert_true(column->kind != ENC_COLUMN_TEXT);
		}
		if ((column->flags & text) != 0) {
			assert_int_equal(column->kind, ENC_COLUMN_TEXT);
		}
		if ((column->flags & (ENC_COLUMN_KEY | ENC_COLUMN_ORG)) != 0) {
			assert_int_equal(column->flags & changes, 0);
		}
	}
}

static void test_every_type(void **state)
{
	(void)state;
	for (size_t i = 0; i < ENC_STORE_TABLE_COUNT; i++) {
		assert_non_null(enc_store_tables[i]);
		assert_int_equal(enc_store_table(enc_store_tables[i]), i);
		check_type(enc_store_tables[i]);
	}
	check_type(&enc_store_sessions);
}

int main(void)
{
	const struct CMUnitTest suite[] = {
		cmocka_unit_test(test_kinds),
		cmocka_unit_test(test_flags),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_limits_of_what_is_used),
		cmocka_unit_test(test_copy),
		cmocka_unit_test(test_new),
		cmocka_unit_test(test_update),
		cmocka_unit_test(test_key_and_unique),
		cmocka_unit_test(test_key_of_two),
		cmocka_unit_test(test_unique_in_org),
		cmocka_unit_test(test_filter),
		cmocka_unit_test(test_prefix),
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_sql),
		cmocka_unit_test(test_every_type),
	};

	return cmocka_run_group_tests_name("rows", suite, NULL, NULL);
}
