/* tcp_oracle.h - the cases of tcp_oracle.erl, asked of actors/tcp.h. */
#ifndef ACTORS_TESTS_TCP_ORACLE_H
#define ACTORS_TESTS_TCP_ORACLE_H

#include "tcp_bodies.h"

struct answers {
    char text[8192]; /* one line a case */
    size_t size;
};

void body_tcp_oracle(void *answers);

/* tcp_oracle_words.c: each adds a word to the line, or more. */
void say(struct answers *out, const char *word, size_t size);
void say_text(struct answers *out, const char *text);
void say_rc(struct answers *out, int64_t rc);
/* Without its newline, if it ends with one. */
void say_data(struct answers *out, const char *data, size_t size);
void say_recv(struct answers *out, actor_tcp socket, size_t length, int64_t timeout_ns);
void say_next(struct answers *out, actor_tcp socket);

/* The number that another process has sent. */
int64_t told(void);
/* Lets time pass in which no such number comes. */
void pause_for(int64_t time_ns);
bool of_socket(const struct actor_message *message, void *socket);

#endif
