/* A component's side of the fabric: connects, registers, advertises, pulses; asks and answers directed requests;
 * publishes and subscribes (docs/fabric.md, 2 to 5). Every role is one of these.
 *
 * One thread owns it and turns it: component_turn() does what is due and calls back. When the fabric or the manager
 * goes away it registers again by itself, under the identifier it was given, which it keeps in its state directory.
 */
#ifndef ONLOOKER_DOMAIN_COMPONENT_H
#define ONLOOKER_DOMAIN_COMPONENT_H

#include "core/error.h"
#include "domain/header.h"
#include "domain/socket.h"

#define COMPONENT_CAPABILITY_PREFIX "urn:ietf:sacm:capability"

struct component;

/* A request that came in; valid until the callback returns. */
struct component_request {
	int64_t ticket; /* for component_answer(), also later */
	const char *operation;
	const char *from, *key, *role; /* by the fabric; from NULL: not registered */
	const json_t *header;
	const char *payload;
	size_t len;
	const uint8_t *signature; /* NULL: none */
	size_t signature_len;
};

/* An answer. */
struct component_reply {
	enum refusal refusal;       /* REFUSED_NOT: success */
	const char *message, *from; /* may be NULL */
	bool more;
	const json_t *header; /* NULL when the deadline passed without an answer */
	const char *payload;
	size_t len;
};

struct component_broadcast {
	const char *topic;
	const json_t *header;
	const char *payload;
	size_t len;
};

typedef void component_reply_fn(void *arg, const struct component_reply *reply);

struct component_options {
	struct socket_context *context; /* NULL: one of its own */
	const char *url;                /* of the fabric */
	const char *key;                /* NAME.key; NULL: plain */
	const char *fabric_key;         /* fabric.pub; NULL: beside `key` */
	const char *command;            /* "onlooker manager": begins what is said on standard error; NULL: silence */
	bool anonymous;                 /* never registers: asks and subscribes only */
	const char *type, *name, *description, *site, *prefix;
	const char *state;               /* directory of the identifier; NULL: a new one each time */
	const char *const *services;     /* it answers for; NULL-terminated, or NULL */
	const char *const *capabilities; /* without prefix; NULL-terminated */
	/* Callbacks, each may be NULL. */
	void *arg;
	json_t *(*scope)(void *arg);    /* what the capabilities apply to */
	json_t *(*counters)(void *arg); /* sent with every pulse */
	void (*onboarded)(void *arg);   /* after every registration */
	void (*request)(void *arg, const struct component_request *request);
	void (*broadcast)(void *arg, const struct component_broadcast *broadcast);
};

/* What ends up in topics and capabilities, and what goes with what: component_open() asks this, too. 0, or ERROR_USAGE
 * and a sentence. */
int component_check_names(const struct component_options *o, struct error *error);

/* 0 and *out, or ERROR_USAGE / ERROR_FAILED and a sentence. The options' texts must live as long as it does. */
int component_open(const struct component_options *options, struct component **out, struct error *error);

/* Says goodbye when it was registered, and lets what was sent leave, at most `linger_ms`. */
void component_close(struct component *c, int linger_ms);

/* Does what is due; waits for news up to timeout_ms, or until `fd` (-1: none) can be read. */
void component_turn(struct component *c, int timeout_ms, int fd);

/* True between an answer to `advertise` and the loss of the registration. */
bool component_onboarded(const struct component *c);
/* "urn:uuid:…", or "" before it has one. */
const char *component_identifier(const struct component *c);
const char *component_boot(const struct component *c);

/* Asks; fn is called with the answer, or with REFUSED_DEADLINE. `extra` (NULL: none) are members for the header, taken.
 * signature: an additional frame, or NULL. False when it could not be sent; fn is not called then. */
bool component_ask(struct component *c, const char *operation, const char *to, uint32_t deadline_ms, json_t *extra,
		   const struct part *payload, const struct part *signature, component_reply_fn *fn, void *arg);
bool component_ask_json(struct component *c, const char *operation, const char *to, json_t *payload,
			component_reply_fn *fn, void *arg);

/* Whether directed messages travel just now. Never true over inproc. */
bool component_link_up(const struct component *c);
/* What keeps it from its fabric, longer than a moment: ERROR_USAGE (keys), ERROR_FAILED (nobody is there) and a
 * sentence with the address; 0 when nothing does. */
int component_trouble(const struct component *c, struct error *error);

/* Asks and waits, turning; fn is called with each answer: REFUSED_UNREACHABLE as soon as component_trouble() has a
 * reason. False when none came that could be sent for. */
bool component_ask_wait(struct component *c, const char *operation, const char *to, uint32_t deadline_ms,
			json_t *payload, component_reply_fn *fn, void *arg);
bool component_ask_wait_bytes(struct component *c, const char *operation, const char *to, uint32_t deadline_ms,
			      json_t *extra, const struct part *payload, component_reply_fn *fn, void *arg);

/* Answers. extra and payload are taken; NULL: none. False when it could not be sent. */
bool component_answer(struct component *c, int64_t ticket, enum refusal refusal, const char *message, json_t *payload);
bool component_answer_bytes(struct component *c, int64_t ticket, const char *content_type, json_t *extra,
			    const struct part *payload, bool more);

/* Publishes under the next sequence number of the topic; `extra` is taken. False when it was not sent. */
bool component_publish(struct component *c, const char *topic, uint32_t count, const char *content_type, json_t *extra,
		       const struct part *payload, const struct part *signature);
/* A status message on the site's topic; `extra` (NULL: none) is taken. */
void component_status(struct component *c, const char *code, json_t *extra, const char *format, ...)
	__attribute__((format(printf, 4, 5)));
void component_subscribe(struct component *c, const char *prefix);
/* What the fabric said it had no room for, since it began. */
uint64_t component_missed(const struct component *c);

#endif
