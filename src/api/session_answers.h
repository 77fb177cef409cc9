#ifndef ENC_API_SESSION_ANSWERS_H
#define ENC_API_SESSION_ANSWERS_H

/*
 * Answers that show a session, its result or its audit log. They are sent in
 * pieces (pieces.h), which are read from the store. So a live session may be
 * freed meanwhile.
 */

#include "pieces.h"

/*
 * enc_api_answer_session() - answer with a session
 * @with_result: add the result; the end of the session must be durable
 */
void enc_api_answer_session(const struct enc_api_asker *asker, int status,
			    const struct enc_session *session,
			    bool with_result);

/* enc_api_answer_result() - answer with a result; the end must be durable */
void enc_api_answer_result(const struct enc_api_asker *asker,
			   const struct enc_session *session);

/* enc_api_answer_audit() - answer with the audit lines that are durable now */
void enc_api_answer_audit(const struct enc_api_asker *asker,
			  const struct enc_session *session, bool bundle);

#endif
