/* Wrong on purpose: a thread-local in task code. */
int *planted_thread_local(void);

int *planted_thread_local(void)
{
    static _Thread_local int mine;
    return &mine;
}
