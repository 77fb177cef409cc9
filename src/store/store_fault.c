#include "store_impl.h"

/*
 * A decorator for tests: the chosen commits of the inner store fail, and
 * nothing of their groups is stored. All other operations are passed to the inner
 * store.
 */

struct store_fault {
	struct enc_store_impl base;
	struct enc_store_impl *inner;
	unsigned int commits;
};

static struct store_fault *fault_of(struct enc_store_impl *impl)
{
	ENC_ASSERT(impl->ops == &enc_store_fault);
	return ENC_HOLDER(impl, struct store_fault, base);
}

static struct enc_store_impl *inner_of(struct enc_store_impl *impl)
{
	return fault_of(impl)->inner;
}

static enum enc_code fault_open(struct enc_store_impl *impl,
				struct enc_error *err)
{
	const struct enc_store_ops *ops = impl->options.inner;
	struct enc_store_impl *inner = enc_xalloc(ops->impl_size);

	inner->ops = ops;
	inner->options = impl->options;
	fault_of(impl)->inner = inner;
	return ops->open(inner, err);
}

static void fault_close(struct enc_store_impl *impl)
{
	struct enc_store_impl *inner = inner_of(impl);

	inner->ops->close(inner);
	free(inner);
}

static enum enc_code fault_begin(struct enc_store_impl *impl,
				 struct enc_error *err)
{
	return inner_of(impl)->ops->begin(inner_of(impl), err);
}

static enum enc_code fault_savepoint(struct enc_store_impl *impl,
				     struct enc_error *err)
{
	return inner_of(impl)->ops->savepoint(inner_of(impl), err);
}

static enum enc_code fault_apply(struct enc_store_impl *impl,
				 const struct enc_store_step *step,
				 struct enc_error *err)
{
	return inner_of(impl)->ops->apply(inner_of(impl), step, err);
}

static enum enc_code fault_undo(struct enc_store_impl *impl,
				struct enc_error *err)
{
	return inner_of(impl)->ops->undo(inner_of(impl), err);
}

static enum enc_code fault_commit(struct enc_store_impl *impl,
				  struct enc_error *err)
{
	struct store_fault *store = fault_of(impl);

	/* A fail_at of 0 lies behind every commit. */
	if (++store->commits - impl->options.fail_at <=
		    impl->options.fail_more &&
	    impl->options.fail_at != 0) {
		return enc_fail(err, impl->options.fail_code,
				"commit %u was told to fail", store->commits);
	}
	return store->inner->ops->commit(store->inner, err);
}

static void fault_rollback(struct enc_store_impl *impl)
{
	inner_of(impl)->ops->rollback(inner_of(impl));
}

static enum enc_code fault_read_sessions(struct enc_store_impl *impl,
					 const struct enc_store_query *query,
					 enc_store_session_fn *visit,
					 void *context, struct enc_error *err)
{
	return inner_of(impl)->ops->read_sessions(inner_of(impl), query, visit,
						  context, err);
}

static enum enc_code fault_read_entries(struct enc_store_impl *impl,
					const char *session,
					const struct enc_store_page *page,
					enc_store_entry_fn *visit,
					void *context, struct enc_error *err)
{
	return inner_of(impl)->ops->read_entries(inner_of(impl), session, page,
						 visit, context, err);
}

static enum enc_code fault_read_lines(struct enc_store_impl *impl,
				      const struct enc_store_range *range,
				      enc_store_line_fn *visit, void *context,
				      struct enc_error *err)
{
	return inner_of(impl)->ops->read_lines(inner_of(impl), range, visit,
					       context, err);
}

static enum enc_code fault_read_result(struct enc_store_impl *impl,
				       const char *session,
				       enc_store_result_fn *visit,
				       void *context, struct enc_error *err)
{
	return inner_of(impl)->ops->read_result(inner_of(impl), session, visit,
						context, err);
}

static enum enc_code fault_read_rows(struct enc_store_impl *impl,
				     enum enc_row_op op,
				     const struct enc_row *wanted,
				     enc_row_fn *visit, void *context,
				     struct enc_error *err)
{
	return inner_of(impl)->ops->read_rows(inner_of(impl), op, wanted, visit,
					      context, err);
}

static enum enc_code fault_read_admin(struct enc_store_impl *impl,
				      struct enc_buf *ret_genesis,
				      struct enc_buf *ret_last,
				      struct enc_error *err)
{
	return inner_of(impl)->ops->read_admin(inner_of(impl), ret_genesis,
					       ret_last, err);
}

const struct enc_store_ops enc_store_fault = {
	.name = "fault",
	.impl_size = sizeof(struct store_fault),
	.open = fault_open,
	.close = fault_close,
	.begin = fault_begin,
	.savepoint = fault_savepoint,
	.apply = fault_apply,
	.undo = fault_undo,
	.commit = fault_commit,
	.rollback = fault_rollback,
	.read_sessions = fault_read_sessions,
	.read_entries = fault_read_entries,
	.read_lines = fault_read_lines,
	.read_result = fault_read_result,
	.read_rows = fault_read_rows,
	.read_admin = fault_read_admin,
};
