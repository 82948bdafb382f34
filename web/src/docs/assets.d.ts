/** The address of a file that the build puts beside the pages. */
declare module 'scalar-reference?url' {
  const address: string;
  export default address;
}
