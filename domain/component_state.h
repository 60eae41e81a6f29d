/* What the files of a component share: component.c opens, turns and closes it, component_link.c has its two
 * connections, component_register.c makes it known, component_ask.c asks, component_answer.c answers,
 * component_broadcast.c publishes and hears, component_identifier.c keeps its name. For these files only; one thread.
 */
#ifndef ONLOOKER_DOMAIN_COMPONENT_STATE_H
#define ONLOOKER_DOMAIN_COMPONENT_STATE_H

#include "domain/component.h"
#include "domain/key_file.h"

#define COMPONENT_MOST_ASKED    256u
#define COMPONENT_MOST_TOPICS   64u
#define COMPONENT_MOST_PREFIXES 16u
#define COMPONENT_RETRY_MS      100u
#define COMPONENT_PULSE_SECONDS 5

enum stage { UNREGISTERED, SERVING, REGISTERING, ADVERTISING, ONBOARDED };

/* A request that waits for its answer. */
struct asked {
	uint64_t number; /* 0: free */
	uint64_t until_ms;
	component_reply_fn *fn;
	void *arg;
};

struct topic {
	char name[256];
	uint64_t sequence;
	bool unheard; /* nobody subscribes to it, by the fabric */
};

/* One of the two connections. */
struct link {
	bool up, ever;
	enum socket_event trouble; /* SOCKET_QUIET: none */
	uint32_t times;            /* it came since it is this one */
	bool told;                 /* on standard error */
	uint64_t since_ms;
};

struct component {
	struct component_options o;
	struct socket_context *own_context;
	struct socket *directed, *broadcast;
	struct message message;
	/* connections, directed first */
	struct link links[2];
	char broadcast_url[SOCKET_URL_BYTES], fabric_pub[4096];
	struct file_stamp key_stamps[2]; /* ours, the fabric's */
	uint64_t keys_ms, again_ms;
	bool deaf; /* the fabric does not answer on a connection that stands */
	/* registration */
	int lock_fd; /* on a file of the state directory; -1: there is none */
	enum stage stage;
	uint32_t served;   /* services the fabric knows us for */
	bool asking_stage; /* the request of this stage is on its way */
	uint64_t due_ms;   /* when the stage is tried next */
	uint32_t retry_ms;
	char identifier[46], session[33], boot[37], fabric_boot[37];
	bool known;            /* the identifier is from before */
	char registration[37]; /* names the request for one, until it was kept; "": none was asked for */
	uint64_t pulse_ms;
	uint32_t pulse_every_ms;
	uint64_t pulse_sent_ns;
	int64_t clock_difference_us;
	bool pulse_missed;
	/* asking */
	struct asked asked[COMPONENT_MOST_ASKED];
	uint64_t next_number;
	/* broadcasts */
	struct topic *topics;
	uint32_t n_topics;
	char *prefixes[COMPONENT_MOST_PREFIXES];
	uint32_t n_prefixes;
	uint64_t heard_ms, called_ms;
	uint64_t missed, missed_before;
	char broadcast_boot[37];
};

/* ---- component.c ---- */

/* A line on standard error, when the component has a voice. */
void component_say(const struct component *c, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* ---- component_link.c ---- */

/* Opens both, in place of those there are. 0, or ERROR_USAGE / ERROR_FAILED and a sentence: then nothing changed. */
int component_connect(struct component *c, struct error *error);
void component_disconnect(struct component *c);
/* Takes what became of the connections, and connects anew when the keys changed: what was asked is given up then. */
void component_watch_link(struct component *c, uint64_t now_ms);

/* ---- component_identifier.c ---- */

/* Takes the state directory for this process: two that had one would come by one identifier, and each would write over
 * what the other keeps. A process that died holds nothing. 0, or ERROR_USAGE and a sentence. */
int component_lock_state(struct component *c, struct error *error);
void component_unlock_state(struct component *c);
void component_read_identifier(struct component *c);
/* Names the request for one, so that asked again it is known for the same, over restarts too. False, and said why,
 * when that could not be written. */
bool component_name_registration(struct component *c);
/* False, and said why, when it could not be written; with it the request is over. */
bool component_keep_identifier(struct component *c);

/* ---- component_register.c ---- */

/* Asks for the next step of registration. */
void component_try_stage(struct component *c);
void component_next_stage(struct component *c, enum stage stage);
/* The fabric knows the connection no more: begins again. */
void component_lose_registration(struct component *c);
void component_pulse(struct component *c, uint64_t now_ms);

/* ---- component_ask.c ---- */

void component_take_reply(struct component *c, const struct header *h);
void component_expire_asked(struct component *c, uint64_t now_ms);
/* Answers all that was asked with REFUSED_UNREACHABLE and this reason. */
void component_give_up_asked(struct component *c, const char *why);

/* ---- component_answer.c ---- */

void component_take_request(struct component *c, const struct header *h);

/* ---- component_broadcast.c ---- */

/* Says who we are and what we want to hear: again whenever the fabric may have forgotten. */
void component_call(struct component *c);
void component_take_broadcast(struct component *c);

#endif
