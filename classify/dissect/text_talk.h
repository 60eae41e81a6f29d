/* Conversations in lines that may turn to TLS: SMTP, FTP, POP3, IMAP, NNTP, ManageSieve, IRC. The loop that takes
 * lines, tells the sides apart and hands over to TLS stands here once; what a line means is the protocol's.
 *
 * Worker threads only; nothing is kept but what the flow's state holds.
 */
#ifndef ONLOOKER_CLASSIFY_DISSECT_TEXT_TALK_H
#define ONLOOKER_CLASSIFY_DISSECT_TEXT_TALK_H

#include "classify/dissect/text.h"

/* The first member of the state of a protocol that talks so. */
struct text_talk {
	bool overlong[2]; /* text_line()'s, a direction each */
	bool oriented;
	bool tls; /* asked for */
};

/* What the protocol makes of lines. `behind` stands after the line's end: octets there that are no lines may be
 * passed over (text_pass). */
struct text_grammar {
	/* True when the first line seen, of whichever direction, is one of a server; NULL: ports tell. */
	bool (*by_server)(struct cursor line);
	void (*server)(struct dissection *x, struct cursor line, struct cursor *behind);
	void (*client)(struct dissection *x, struct cursor line, struct cursor *behind);
};

/* A dissector's whole stream(). */
void text_talk(struct dissection *x, struct cursor *c, const struct text_grammar *grammar);

/* A dissector's gap(): up to the next line there is only a part of one. */
void text_talk_gap(struct dissection *x, uint64_t octets);

/* A probe of a conversation whose sides are not known: each direction is taken for the server's, and where it is
 * silent the other for the client's; the best answer counts. */
enum probe text_talk_probe(const struct probe_input *in,
			   enum probe (*server)(const struct probe_input *in, struct cursor server,
						struct cursor client),
			   enum probe (*client)(const struct probe_input *in, struct cursor client));

#endif
