/* What the files of the integration service share: fabric.c wires and beats, fabric_listen.c binds, fabric_keys.c knows
 * the keys, fabric_peer.c who is there, fabric_directed.c routes requests and answers, fabric_broadcast.c fans out,
 * fabric_answer.c speaks for the fabric. For these files only; one thread. */
#ifndef ONLOOKER_DOMAIN_FABRIC_STATE_H
#define ONLOOKER_DOMAIN_FABRIC_STATE_H

#include "core/hash.h"
#include "core/map.h"
#include "domain/audit.h"
#include "domain/fabric.h"
#include "domain/header.h"
#include "domain/key_list.h"

#define COMPONENT_BYTES    46
#define SESSION_BYTES      33
#define BOOT_BYTES         37
#define MOST_PEERS         4096u
#define MOST_OPEN          256u /* requests of one peer */
#define MOST_SUBSCRIPTIONS 64u
#define MOST_STREAMS       8u
#define TOPIC_BYTES        256u
#define REFUSAL_NOTES      64u
#define QUEUE_MESSAGES     512 /* for each peer */
#define MOST_LISTENERS     32u

enum service { SERVICE_MANAGER, SERVICE_ORCHESTRATOR, SERVICE_REPOSITORY, SERVICES };

/* Numbers of a publisher's broadcasts on one topic: none comes twice. */
struct stream {
	uint64_t name; /* hash of topic and boot; 0: free */
	json_int_t sequence;
	bool unheard; /* nobody wants it, which the publisher was told */
};

/* A connection to one of the two sockets. */
struct peer {
	struct peer *before, *next;
	uint8_t id[32]; /* ZeroMQ's routing id */
	uint8_t id_len;
	char user[SOCKET_KEY_BYTES];
	/* by the list of keys, looked up again when that changes */
	char key[KEY_NAME_BYTES];
	enum role role;
	uint64_t until_ns; /* 0: for good */
	uint32_t generation;
	uint64_t heard_ms;
	char component[COMPONENT_BYTES]; /* "": none is bound */
	char session[SESSION_BYTES];
	/* directed */
	unsigned serves;               /* set of services */
	struct peer *chosen[SERVICES]; /* who answers this asker; NULL: not chosen yet */
	uint32_t open;                 /* requests it waits for */
	/* broadcast */
	char *prefixes[MOST_SUBSCRIPTIONS];
	uint32_t n_prefixes;
	uint64_t offered, sent, missed, missed_told;
	struct stream streams[MOST_STREAMS];
	bool told_unheard; /* of one of its topics at least */
	bool heard_untold; /* and not yet that somebody wants something again */
};

struct peer_table {
	struct map by_id;
	struct peer *first;
	uint32_t count;
};

/* A request on its way. */
struct ticket {
	struct ticket *before, *next;
	int64_t number;
	struct peer *asker, *answerer;
	char correlation[CORRELATION_BYTES];
	const struct operation *operation;
	char act[AUDIT_DIGEST_BYTES]; /* digest of the payload; empty: not for the audit log */
	uint32_t deadline_ms;
	uint64_t until_ms;
};

struct fabric_counters {
	/* directed: received = forwarded + answered + refused + responses + late */
	uint64_t received, forwarded, answered, responses, late, refused[REFUSALS];
	uint64_t expired; /* forwarded, and no answer came */
	uint64_t lost;    /* answers that found no room, or nobody */
	uint64_t broadcasts, broadcasts_refused[REFUSALS];
	uint64_t accepted, turned_away;
};

/* What was refused lately, told to the audit log once a second. */
struct refusal_note {
	char key[KEY_NAME_BYTES];
	enum refusal refusal;
	uint64_t count;
};

/* An address of one of the two sockets. */
struct listener {
	struct socket *socket;
	char *url;
	char endpoint[SOCKET_URL_BYTES]; /* as it was bound */
	bool curve, bound;
};

struct fabric {
	struct socket *directed, *broadcast;
	struct socket_gate *gate;
	struct audit *audit; /* NULL: none is kept */
	bool plain, inproc;  /* what goes without keys */
	char *allowed;       /* path of the list of keys; NULL: there are none */
	struct key_list keys;
	uint32_t generation; /* of the list */
	char *own_path;      /* of fabric.key; NULL: there is none */
	struct key_file own;
	struct file_stamp own_stamp;
	struct listener listeners[MOST_LISTENERS];
	uint32_t n_listeners, unbound;
	char boot[BOOT_BYTES];
	struct hash_key seed;
	struct peer_table asking, listening; /* of the two sockets */
	struct map by_component, by_session; /* directed peers, by hash */
	struct map tickets;                  /* by number + 1 */
	struct ticket *first_ticket;
	int64_t next_ticket;
	struct fabric_counters counters;
	struct refusal_note notes[REFUSAL_NOTES];
	uint32_t n_notes;
	uint64_t audit_told; /* n of the head that was published */
	uint64_t audit_sequence;
	struct message message;
};

/* ---- fabric_listen.c ---- */

/* Binds a URL and the one that goes with it. 0, or ERROR_USAGE / ERROR_FAILED and a sentence. */
int fabric_listen(struct fabric *f, const char *url, struct error *error);
/* Ends what listens under a key, and who came that way; fabric_relisten() binds it again with the key that is its own
 * now, as soon as the addresses are free. */
void fabric_unlisten(struct fabric *f);
void fabric_relisten(struct fabric *f);
void fabric_listeners_free(struct fabric *f);

/* ---- fabric_keys.c ---- */

int fabric_open_keys(struct fabric *f, const char *directory, struct error *error);
/* Reads the list again when it changed. A list that cannot be read changes nothing. */
void fabric_reload_keys(struct fabric *f);
/* True once when fabric.key holds another pair than before. */
bool fabric_own_key_changed(struct fabric *f);
/* Whether this key (NULL: none) may come in: a socket_gate_fn. */
bool fabric_let_in(void *fabric, const char *key, const char *address);

/* ---- fabric_peer.c ---- */

int peers_init(struct peer_table *t);
void peers_fini(struct fabric *f, struct peer_table *t);
/* The peer a message came from, made when it is new; NULL when there are too many. */
struct peer *peer_of(struct fabric *f, struct peer_table *t, const struct message *m);
/* Its role as the keys stand now. */
enum role peer_role(struct fabric *f, struct peer *p);
void peer_remove(struct fabric *f, struct peer_table *t, struct peer *p);
/* Lets those go that were silent for a minute. */
void peers_prune(struct fabric *f, struct peer_table *t, uint64_t now_ms);
struct peer *peer_by_component(struct fabric *f, const char *component);
struct peer *peer_by_session(struct fabric *f, const char *session);
/* Makes the connection this component's; it gets a session. */
void peer_bind(struct fabric *f, struct peer *p, const char *component);
/* Who answers for a service to this asker, or NULL. */
struct peer *peer_serving(struct fabric *f, struct peer *asker, enum service service);
/* SERVICES when there is none of that name. */
enum service service_of(const char *name);

/* ---- fabric_directed.c ---- */

void fabric_take_directed(struct fabric *f, struct message *m);
/* Answers requests whose deadline is over. */
void fabric_expire(struct fabric *f, uint64_t now_ms);
/* Gives up the requests a peer has or should answer. */
void fabric_forget_requests(struct fabric *f, struct peer *p);
/* An answer of the fabric itself; takes the payload (NULL: none). */
void fabric_answer(struct fabric *f, struct peer *asker, const char *correlation, enum refusal refusal,
		   const char *message, json_t *payload);

/* ---- fabric_answer.c ---- */

/* Answers a request that was sent to the fabric. */
void fabric_serve(struct fabric *f, struct peer *asker, const struct header *h, const struct message *m);

/* ---- fabric_broadcast.c ---- */

void fabric_take_broadcast(struct fabric *f, struct message *m);
void fabric_beat(struct fabric *f);
/* A broadcast of the fabric's own. */
void fabric_publish(struct fabric *f, const char *topic, const char *header, const char *payload);

/* ---- fabric.c ---- */

/* Counts a refusal and has it told to the audit log. */
void fabric_note(struct fabric *f, const char *key, enum refusal refusal);

#endif
