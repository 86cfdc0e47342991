/* The floor for core_switch on x86-64: nothing but the six registers that a call preserves and
 * the jump. core_switch is measured against it; the two are equal as long as nobody adds work
 * there.
 *
 * floor_switch(void **save, void *load)
 * floor_open(void *top, void (*entry)(void)): the saved stack pointer of a fresh context.
 */
    .text
    .globl floor_switch
    .type floor_switch, @function
    .p2align 4
floor_switch:
    pushq %rbp
    pushq %rbx
    pushq %r12
    pushq %r13
    pushq %r14
    pushq %r15
    movq %rsp, (%rdi)
    movq %rsi, %rsp
    popq %r15
    popq %r14
    popq %r13
    popq %r12
    popq %rbx
    popq %rbp
    popq %rcx
    jmpq *%rcx
    .size floor_switch, . - floor_switch

    .globl floor_open
    .type floor_open, @function
floor_open:
    movq $0, -8(%rdi)       /* what stands where a caller's return address would */
    movq %rsi, -16(%rdi)    /* the address to go on at */
    movq $0, -24(%rdi)      /* rbp: the end of the frame chain */
    leaq -64(%rdi), %rax
    ret
    .size floor_open, . - floor_open

    .section .note.GNU-stack, "", @progbits
