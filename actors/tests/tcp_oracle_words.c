#include "tcp_oracle.h"

void say(struct answers *out, const char *word, size_t size)
{
    CHECK(out->size + size + 2 < sizeof out->text);
    out->text[out->size++] = ' ';
    memcpy(out->text + out->size, word, size);
    out->size += size;
    out->text[out->size] = '\0';
}

static const char *atom(int64_t rc)
{
    switch (-rc) {
    case ECONNREFUSED:
        return "econnrefused";
    case EADDRINUSE:
        return "eaddrinuse";
    case ETIMEDOUT:
        return "timeout";
    case ESHUTDOWN:
        return "closed";
    case EINVAL:
        return "einval";
    case ENOTCONN:
        return "enotconn";
    case EALREADY:
        return "ealready";
    case EMSGSIZE:
        return "emsgsize";
    case ECONNRESET:
        return "econnreset";
    case EPERM:
        return "not_owner";
    default:
        return rc >= 0 ? "ok" : "unknown";
    }
}

void say_text(struct answers *out, const char *text)
{
    say(out, text, strlen(text));
}

void say_rc(struct answers *out, int64_t rc)
{
    say_text(out, atom(rc));
}

void say_data(struct answers *out, const char *data, size_t size)
{
    say(out, data, size > 0 && data[size - 1] == '\n' ? size - 1 : size);
}

void say_recv(struct answers *out, actor_tcp socket, size_t length, int64_t timeout_ns)
{
    char got[64];
    int64_t rc = actor_tcp_recv(socket, got, sizeof got, length, timeout_ns);
    if (rc < 0)
        say_rc(out, rc);
    else
        say_data(out, got, (size_t)rc);
}

bool of_socket(const struct actor_message *message, void *context)
{
    const struct actor_tcp_event *told = message->data;
    return message->kind >= ACTOR_TCP && message->kind <= ACTOR_TCP_PASSIVE &&
           told->socket == *(actor_tcp *)context;
}

void say_next(struct answers *out, actor_tcp socket)
{
    const struct actor_message *message =
        actor_receive_match(of_socket, &socket, 100 * MS);
    if (message == NULL) {
        say_text(out, "nothing");
        return;
    }
    const struct actor_tcp_event *told = message->data;
    switch ((enum actor_kind)message->kind) {
    case ACTOR_TCP:
        say_data(out, told->data, told->size);
        break;
    case ACTOR_TCP_CLOSED:
        say_text(out, "tcp_closed");
        break;
    case ACTOR_TCP_PASSIVE:
        say_text(out, "tcp_passive");
        break;
    default:
        CHECK_EQ(message->kind, ACTOR_TCP_ERROR);
        CHECK_EQ(told->error, -ECONNRESET);
        say_text(out, "tcp_error-econnreset");
        break;
    }
}

static bool plain(const struct actor_message *message, void *context)
{
    (void)context;
    return message->kind == ACTOR_MESSAGE;
}

int64_t told(void)
{
    const struct actor_message *message = actor_receive_match(plain, NULL, SOON);
    CHECK(message != NULL);
    return (int64_t)word(message);
}

void pause_for(int64_t time_ns)
{
    CHECK(actor_receive_match(plain, NULL, time_ns) == NULL);
}
