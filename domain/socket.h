/* Sockets of the fabric: everything of ZeroMQ that the roles need, in one place (docs/fabric.md, 1).
 *
 * Messages travel in frames. A received message holds its frames until it is received into again or released; what is
 * forwarded is shared, not copied. One thread uses a socket; contexts may be shared between threads, which is how all
 * roles of `onlooker up` meet over inproc.
 */
#ifndef ONLOOKER_DOMAIN_SOCKET_H
#define ONLOOKER_DOMAIN_SOCKET_H

#include "core/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SOCKET_FRAMES        6 /* a routing id and five of the message */
#define SOCKET_KEY_BYTES     41
#define SOCKET_PAYLOAD_BYTES ((size_t)16 << 20)
#define SOCKET_PLAIN_USER    "plain" /* user of a connection without a key */
#define SOCKET_URL_BYTES     512

struct socket_context;
struct socket;

/* A frame of ZeroMQ's; look into it with frame_data() and frame_size(). */
struct socket_frame {
	_Alignas(void *) unsigned char opaque[64];
};

struct message {
	struct socket_frame frames[SOCKET_FRAMES];
	uint32_t count;
	bool excess;                 /* it had more frames than these */
	char user[SOCKET_KEY_BYTES]; /* public key (Z85) of the sender, SOCKET_PLAIN_USER, or "" over inproc */
};

/* What is sent. */
struct part {
	const void *data;
	size_t len;
};

enum socket_kind { SOCKET_ROUTER, SOCKET_DEALER };

/* A client's own key and the fabric's public one, Z85 texts; a server's pair with `server` set. NULL secret: plain. */
struct socket_security {
	const char *public_key, *secret_key, *server_key;
	bool server;
};

enum { SOCKET_SENT = 0, SOCKET_FULL = -10, SOCKET_GONE = -11 };

/* NULL when the heap or the limit of files is out. */
struct socket_context *socket_context_new(void);
/* After its sockets are closed. */
void socket_context_free(struct socket_context *c);

/* queue: messages that may wait for each peer, in each direction. 0 and *out, or ERROR_FAILED and a sentence. */
int socket_open(struct socket_context *c, enum socket_kind kind, int queue, struct socket **out, struct error *error);
void socket_close(struct socket *s);
/* How long what was sent may go on leaving after the close; 0 without asking. */
void socket_linger(struct socket *s, int ms);

/* A router binds any number of addresses, each with its own security; a dealer connects to one. 0, or ERROR_USAGE and
 * a sentence that names the address. */
int socket_bind(struct socket *s, const char *url, const struct socket_security *security, struct error *error);
int socket_connect(struct socket *s, const char *url, const struct socket_security *security, struct error *error);
/* What was bound last, with its wildcards resolved. */
void socket_endpoint(const struct socket *s, char out[SOCKET_URL_BYTES]);
/* Ends what is bound there, and its connections; the address is free a moment later. */
void socket_unbind(struct socket *s, const char *endpoint);

/* 1 and *m, or 0 when nothing waits. */
int socket_receive(struct socket *s, struct message *m);

/* Sends without waiting: to a peer of a router when `to` is not NULL. SOCKET_SENT, SOCKET_FULL or SOCKET_GONE. */
int socket_send(struct socket *s, const struct socket_frame *to, const struct part *parts, uint32_t count);
/* Sends `parts` and behind them the frames of m from `first` on, shared. */
int socket_forward(struct socket *s, const struct part *to, const struct part *parts, uint32_t count, struct message *m,
		   uint32_t first);

void message_init(struct message *m);
void message_fini(struct message *m);
const void *frame_data(const struct socket_frame *f);
size_t frame_size(const struct socket_frame *f);

/* Waits until one of the sockets, or `fd` (-1: none), has something. ready[i] tells; returns whether anything has.
 * A signal ends the wait too. */
bool socket_wait(struct socket *const *sockets, uint32_t count, int fd, int timeout_ms, bool *ready);

/* ---- what becomes of a connection ---- */

enum socket_event {
	SOCKET_QUIET, /* nothing happened */
	SOCKET_UP,    /* both sides know each other: messages travel */
	SOCKET_DOWN,
	SOCKET_ABSENT,         /* nobody listens there, or there is no way */
	SOCKET_TURNED_AWAY,    /* the other side ended the handshake: it does not have the key we think it has */
	SOCKET_REFUSED,        /* it does, and does not want ours; the socket is at rest then */
	SOCKET_OTHER_SECURITY, /* one side wants keys, the other has none; at rest, too */
};

/* Before the socket is connected. Over inproc nothing ever happens. 0, or ERROR_FAILED and a sentence. */
int socket_monitor(struct socket_context *c, struct socket *s, struct error *error);
/* The next thing that happened, oldest first. */
enum socket_event socket_event(struct socket *s);

/* ---- authentication (ZeroMQ RFC 27) ---- */

struct socket_gate;

/* key: Z85 of the client, or NULL for one without. address: where it comes from. True lets it in. */
typedef bool socket_gate_fn(void *arg, const char *key, const char *address);

int socket_gate_open(struct socket_context *c, struct socket_gate **out, struct error *error);
struct socket *socket_gate_socket(struct socket_gate *g); /* for socket_wait() */
/* Answers the handshakes that wait. */
void socket_gate_serve(struct socket_gate *g, socket_gate_fn *fn, void *arg);
void socket_gate_close(struct socket_gate *g);

/* ---- keys ---- */

void socket_key_pair(char public_key[SOCKET_KEY_BYTES], char secret_key[SOCKET_KEY_BYTES]);
/* False when the secret key is none. */
bool socket_key_public(const char *secret_key, char public_key[SOCKET_KEY_BYTES]);
/* True for 40 characters of Z85. */
bool socket_key_valid(const char *text);

#endif
