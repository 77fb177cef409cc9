#ifndef ENC_API_SESSION_ANSWERS_H
#define ENC_API_SESSION_ANSWERS_H

/*
 * Answers that show a session: the Session, its Result, its audit log. They
 * are written in pieces (pieces.h), from the store; a live session may go away
 * meanwhile.
 */

#include "pieces.h"

/* enc_api_answer_session() - @with_result: it has ended, and that is durable */
void enc_api_answer_session(const struct enc_api_asker *asker, int status,
			    const struct enc_session *session,
			    bool with_result);

/* enc_api_answer_result() - of a session that has ended, durably */
void enc_api_answer_result(const struct enc_api_asker *asker,
			   const struct enc_session *session);

/* enc_api_answer_audit() - the lines that are durable now */
void enc_api_answer_audit(const struct enc_api_asker *asker,
			  const struct enc_session *session, bool bundle);

#endif
